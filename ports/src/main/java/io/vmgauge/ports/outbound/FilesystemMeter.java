package io.vmgauge.ports.outbound;

import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import java.util.List;

/** What the filesystems of VMs use, read from the disk images without the VMs' help. Any thread may ask, several at once. */
public interface FilesystemMeter {
    /**
     * Reads the images of one VM. The call may block as long as
     * {@link io.vmgauge.ports.spi.Filesystems#longest() its adapter} allows, not counting the time until it is its turn,
     * and cannot be interrupted. It never throws: whatever goes wrong is {@link Measurement.Unresponsive} with a reason
     * in one line, and the next call tries again.
     *
     * <p>The one sample is a {@link io.vmgauge.domain.sample.DiskSample}: the sum of the bytes that all filesystems on
     * the images use, each counted once, as of what the VM has written back so far. Its time is before the reading
     * began, and after the call did. What is no filesystem that can be read, such as swap, encrypted or unused space,
     * does not count; if nothing can be read at all, the VM is unresponsive, since unknown is never zero. A VM without
     * images has nothing to tell: it is measured without a sample. The images are never changed, whether the VM runs or
     * not.
     *
     * @param incarnation the life of the VM that the answer is for; it comes back in it
     * @param disks the VM's own, see {@link io.vmgauge.domain.identity.Vm#disks}
     */
    Measurement measure(VmId vm, Incarnation incarnation, List<DiskImage> disks);
}
