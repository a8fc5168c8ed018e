package io.vmgauge.adapters.libvirt.domain;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.vmgauge.adapters.libvirt.binding.LibvirtNative;
import io.vmgauge.adapters.libvirt.binding.TypedParameters;
import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.sample.DeviceIo;
import io.vmgauge.domain.sample.InterfaceCounters;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 *  A domain that libvirt has handed out, on a connection that only this caller uses for the moment.
 *
 * <p>Long because it has a method for each call that libvirt offers for a domain.
 */
public final class DomainHandle implements AutoCloseable {
    private static final int UUID_SIZE = 16;
    private static final int INFO_CPU_TIME = 32;
    private static final int BLOCK_ALLOCATION = 8;
    private static final int BLOCK_PHYSICAL = 16;

    private final Pointer domain;
    private final Memory scratch;

    public DomainHandle(Pointer domain, Memory scratch) {
        this.domain = domain;
        this.scratch = scratch;
    }

    public DomainName name() {
        LibvirtNative.virDomainGetUUID(domain, scratch);
        ByteBuffer halves = ByteBuffer.wrap(scratch.getByteArray(0, UUID_SIZE));
        return new DomainName(
                new UUID(halves.getLong(), halves.getLong()).toString(),
                LibvirtNative.virDomainGetName(domain).getString(0, "UTF-8"));
    }

    /** The domain's id when libvirt handed it out: another one in each life. Negative if it had no process. */
    public int id() {
        return LibvirtNative.virDomainGetID(domain);
    }

    /** What the domain does now. libvirtd answers without asking the VM's own process. */
    public VmState state() throws VirtException {
        check(LibvirtNative.virDomainGetState(domain, scratch, scratch.share(Integer.BYTES), 0));
        return DomainState.of(scratch.getInt(0), scratch.getInt(Integer.BYTES), id());
    }

    /**
     * Whether this is an appliance of libguestfs. Those are transient domains that run for seconds: tools, not VMs. Any
     * domain may have such a name, so libvirtd is asked whether it is persistent.
     */
    public boolean isAppliance(DomainName name) throws VirtException {
        if (!name.isOfAppliance()) {
            return false;
        }
        int persistent = LibvirtNative.virDomainIsPersistent(domain);
        if (persistent < 0) {
            VirtException e = VirtException.last();
            if (e.isConnectionLost()) {
                throw e;
            }
            return e.isDomainGone();
        }
        return persistent == 0;
    }

    /** Its definition as it is now. */
    public String xml() throws VirtException {
        Pointer text = LibvirtNative.virDomainGetXMLDesc(domain, 0);
        if (text == null) {
            throw VirtException.last();
        }
        try {
            return text.getString(0, "UTF-8");
        } finally {
            Native.free(Pointer.nativeValue(text));
        }
    }

    /**
     * CPU time of the domain's cgroup, in nanoseconds. Only the sum over all processors, the arguments (-1, 1), is safe
     * to ask for. Only its first parameter is asked for, so that the daemon reads one file.
     */
    public long cgroupCpuNanos() throws VirtException {
        int count = check(LibvirtNative.virDomainGetCPUStats(domain, scratch, 1, -1, 1, 0));
        TypedParameters params = new TypedParameters(scratch.getByteArray(0, TypedParameters.SIZE), count);
        if (count < 1 || !params.name(0).equals("cpu_time")) {
            throw VirtException.last();
        }
        return params.number(0);
    }

    /** CPU time from the process table, in steps of 10 ms; absent if the domain does not run. */
    public OptionalLong processCpuNanos() throws VirtException {
        check(LibvirtNative.virDomainGetInfo(domain, scratch));
        boolean runs = DomainState.of(scratch.getByte(0), 0, 0) != VmState.STOPPED;
        return runs ? OptionalLong.of(scratch.getLong(INFO_CPU_TIME)) : OptionalLong.empty();
    }

    /** Asks the VM's own process, so this may take for ever. */
    public MemoryStats memory() throws VirtException {
        int count = check(LibvirtNative.virDomainMemoryStats(domain, scratch, MemoryStats.MOST, 0));
        return new MemoryStats(scratch.getByteArray(0, count * MemoryStats.SIZE), count);
    }

    /**
     * What the VM's own process says of all its block devices. This may take for ever. Absent if the driver tells
     * nothing of disks in bulk, or the domain is gone.
     *
     * @param chains whether to tell also of images below others
     */
    public Optional<BlockRecord> blocks(boolean chains) throws VirtException {
        scratch.setPointer(0, domain);
        scratch.setPointer(Native.POINTER_SIZE, null);
        Pointer list = scratch.share(2L * Native.POINTER_SIZE);
        int count = LibvirtNative.virDomainListGetStats(
                scratch, LibvirtNative.STATS_BLOCK, list, chains ? LibvirtNative.WITH_BACKING : 0);
        if (count < 0) {
            VirtException e = VirtException.last();
            if (e.isRefused()) {
                return Optional.empty();
            }
            throw e;
        }
        try (BulkRecords records = new BulkRecords(list.getPointer(0), count, scratch)) {
            return count == 0 ? Optional.empty() : records.blocks(0);
        }
    }

    /**
     * What a disk's image occupies on the host, for drivers that tell nothing in bulk. It is not for QEMU's driver,
     * which gives the length of a file here.
     */
    public OptionalLong disk(String device) throws VirtException {
        check(LibvirtNative.virDomainGetBlockInfo(domain, device, scratch, 0));
        return new BlockStats(scratch.getLong(0), scratch.getLong(BLOCK_ALLOCATION), scratch.getLong(BLOCK_PHYSICAL))
                .bytes();
    }

    /**
     * What a block device has done, for drivers that tell nothing in bulk. This may take for ever. Absent if libvirt
     * tells no counter.
     */
    public Optional<DeviceIo> io(String device) throws VirtException {
        int size = DeviceIoStats.structureSize();
        check(LibvirtNative.virDomainBlockStats(domain, device, scratch, (long) size * Long.BYTES));
        return new DeviceIoStats(scratch.getLongArray(0, size)).counters(device);
    }

    /** Absent if there are devices and libvirt tells nothing of any of them. */
    public Optional<List<InterfaceCounters>> interfaces(List<String> devices) throws VirtException {
        List<InterfaceCounters> all = new ArrayList<>();
        for (String device : devices) {
            long size = (long) InterfaceStats.size() * Long.BYTES;
            if (LibvirtNative.virDomainInterfaceStats(domain, device, scratch, size) == 0) {
                new InterfaceStats(device, scratch.getLongArray(0, InterfaceStats.size()))
                        .counters()
                        .ifPresent(all::add);
            } else {
                VirtException e = VirtException.last();
                if (e.isConnectionLost()) {
                    throw e;
                }
            }
        }
        return all.isEmpty() && !devices.isEmpty() ? Optional.empty() : Optional.of(all);
    }

    /** Only for a domain that was looked up. */
    @Override
    public void close() {
        LibvirtNative.virDomainFree(domain);
    }

    private static int check(int result) throws VirtException {
        if (result < 0) {
            throw VirtException.last();
        }
        return result;
    }
}
