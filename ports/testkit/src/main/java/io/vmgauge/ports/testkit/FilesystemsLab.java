package io.vmgauge.ports.testkit;

import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Filesystems;
import java.util.List;

/**
 * Disk images to try a {@link io.vmgauge.ports.spi.FilesystemMeterProvider} on. Each test of
 * {@link FilesystemMeterContract} opens a new lab and closes it. No VM writes to the images meanwhile. A lab whose tools
 * are missing on the machine must fail.
 */
public interface FilesystemsLab extends AutoCloseable {
    /** The adapter under test, the same at every call. */
    Filesystems filesystems();

    /** The clock that the adapter was given. */
    TimeSource time();

    /** The disks of one VM: at least two, with at least two filesystems that can be read. */
    List<DiskImage> disks();

    /** What the filesystems on {@link #disks} use together. */
    long usedBytes();

    /** A disk with nothing on it. */
    DiskImage unformatted();

    /** A disk whose file is not there. */
    DiskImage missing();

    /** The bytes of an image as they are on the host now. */
    byte[] content(DiskImage image);

    /** From now on every reading goes on until somebody ends it. */
    void hang();

    /** How many readings are under way. */
    int underWay();

    /** Closes the adapter and removes everything. */
    @Override
    void close();
}
