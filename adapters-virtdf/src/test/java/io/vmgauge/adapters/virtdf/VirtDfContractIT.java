package io.vmgauge.adapters.virtdf;

import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.ports.spi.Filesystems;
import io.vmgauge.ports.testkit.FilesystemMeterContract;
import io.vmgauge.ports.testkit.FilesystemsLab;
import java.util.List;

/** The contract on the real virt-df, whose readings take 15 seconds each. Needs lab/install virt-df. */
class VirtDfContractIT implements FilesystemMeterContract {
    @Override
    public FilesystemsLab lab() {
        return new RealLab();
    }

    private static final class RealLab extends PlaygroundLab {
        private final long used;

        RealLab() {
            String strange = "an \"own\", disk: number 1.qcow2";
            used = Lab.disk("plain", playground.directory.resolve(strange), 96, 9)
                    + Lab.disk("partitioned", playground.directory.resolve("data"), 64, 3);
            Lab.disk("blank", playground.directory.resolve("blank"), 16, 0);
        }

        @Override
        Filesystems open(String timeLimit) {
            // On a busy machine the lowest priority can mean minutes.
            return playground.open(
                    program("exec '" + Lab.program("virt-df") + "' \"$@\""),
                    timeLimit,
                    "nice = 0",
                    "io-class = normal");
        }

        @Override
        public List<DiskImage> disks() {
            return List.of(disk("an \"own\", disk: number 1.qcow2"), disk("data"));
        }

        @Override
        public long usedBytes() {
            return used;
        }

        @Override
        public DiskImage unformatted() {
            return disk("blank");
        }
    }
}
