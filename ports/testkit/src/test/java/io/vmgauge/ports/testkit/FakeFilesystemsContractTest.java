package io.vmgauge.ports.testkit;

import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Filesystems;
import java.util.List;

/** The fake keeps the contract, so that tests of code above the ports can rely on it. */
class FakeFilesystemsContractTest implements FilesystemMeterContract {
    @Override
    public FilesystemsLab lab() {
        return new FakeImages();
    }

    private static final class FakeImages implements FilesystemsLab {
        private final ManualTime time = new ManualTime();
        private final FakeFilesystems filesystems = new FakeFilesystems(time);
        private final List<DiskImage> disks =
                List.of(new DiskImage("/images/root", "qcow2"), new DiskImage("/images/data", "raw"));

        FakeImages() {
            filesystems.put(disks.get(0), 1000);
            filesystems.put(disks.get(1), 24);
            filesystems.put(unformatted(), 0);
        }

        @Override
        public Filesystems filesystems() {
            return filesystems;
        }

        @Override
        public TimeSource time() {
            return time;
        }

        @Override
        public List<DiskImage> disks() {
            return disks;
        }

        @Override
        public long usedBytes() {
            return 1024;
        }

        @Override
        public DiskImage unformatted() {
            return new DiskImage("/images/blank", "raw");
        }

        @Override
        public DiskImage missing() {
            return new DiskImage("/images/gone", "raw");
        }

        @Override
        public byte[] content(DiskImage image) {
            return new byte[0];
        }

        @Override
        public void hang() {
            filesystems.hang();
        }

        @Override
        public int underWay() {
            return filesystems.underWay();
        }

        @Override
        public void close() {
            filesystems.close();
        }
    }
}
