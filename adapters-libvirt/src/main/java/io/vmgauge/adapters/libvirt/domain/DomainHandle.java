package io.vmgauge.adapters.libvirt.domain;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.vmgauge.adapters.libvirt.binding.TypedParameters;
import io.vmgauge.adapters.libvirt.binding.Virt;
import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.sample.InterfaceCounters;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** A domain that libvirt has handed out, on a connection that is ours alone for the moment. */
public final class DomainHandle implements AutoCloseable, BlockStatsSource {
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
        Virt.virDomainGetUUID(domain, scratch);
        ByteBuffer halves = ByteBuffer.wrap(scratch.getByteArray(0, UUID_SIZE));
        return new DomainName(
                new UUID(halves.getLong(), halves.getLong()).toString(),
                Virt.virDomainGetName(domain).getString(0, "UTF-8"));
    }

    /** Which life of the domain this is, as of when libvirt handed it out; negative if it had no process. */
    public int id() {
        return Virt.virDomainGetID(domain);
    }

    /** What it does now. Asks libvirtd, which does not ask the VM's own process. */
    public VmState state() throws VirtException {
        check(Virt.virDomainGetState(domain, scratch, scratch.share(Integer.BYTES), 0));
        return DomainState.of(scratch.getInt(0), scratch.getInt(Integer.BYTES), id());
    }

    /**
     * libguestfs runs its appliances as domains without a definition of their own, for seconds: they are tools, not
     * anybody's VMs. The name alone could be anybody's.
     */
    public boolean isAppliance(DomainName name) throws VirtException {
        if (!name.isOfAppliance()) {
            return false;
        }
        int persistent = Virt.virDomainIsPersistent(domain);
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
        Pointer text = Virt.virDomainGetXMLDesc(domain, 0);
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
     * CPU time of all that works for the domain, in nanoseconds, from its cgroup. Only the sum over all processors, the
     * arguments (-1, 1), is safe to ask for; and only its first parameter is, so that the daemon reads one file.
     */
    public long cgroupCpuNanos() throws VirtException {
        int count = check(Virt.virDomainGetCPUStats(domain, scratch, 1, -1, 1, 0));
        TypedParameters params = new TypedParameters(scratch.getByteArray(0, TypedParameters.SIZE), count);
        if (count < 1 || !params.name(0).equals("cpu_time")) {
            throw VirtException.last();
        }
        return params.number(0);
    }

    /** The same from the process table, in steps of 10 ms; absent if it does not run. */
    public OptionalLong processCpuNanos() throws VirtException {
        check(Virt.virDomainGetInfo(domain, scratch));
        boolean runs = DomainState.of(scratch.getByte(0), 0, 0) != VmState.STOPPED;
        return runs ? OptionalLong.of(scratch.getLong(INFO_CPU_TIME)) : OptionalLong.empty();
    }

    /** Asks the VM's own process: may take for ever. */
    public MemoryStats memory() throws VirtException {
        int count = check(Virt.virDomainMemoryStats(domain, scratch, MemoryStats.MOST, 0));
        return new MemoryStats(scratch.getByteArray(0, count * MemoryStats.SIZE), count);
    }

    /**
     * What the VM's own process says of all its images, those below others included: may take for ever. Absent if the
     * hypervisor's driver tells nothing of disks, or the domain is gone.
     */
    @Override
    public Optional<Map<String, BlockStats>> blocks() throws VirtException {
        scratch.setPointer(0, domain);
        scratch.setPointer(Native.POINTER_SIZE, null);
        Pointer list = scratch.share(2L * Native.POINTER_SIZE);
        int count = Virt.virDomainListGetStats(scratch, Virt.STATS_BLOCK, list, Virt.WITH_BACKING);
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
     * What a disk's image occupies on the host, by a call that drivers know which tell nothing in bulk. QEMU's driver
     * gives the length of a file here, so it is not asked so.
     */
    @Override
    public OptionalLong disk(String device) throws VirtException {
        check(Virt.virDomainGetBlockInfo(domain, device, scratch, 0));
        return new BlockStats(scratch.getLong(0), scratch.getLong(BLOCK_ALLOCATION), scratch.getLong(BLOCK_PHYSICAL))
                .bytes();
    }

    /** Absent if none of them answers although there are some. */
    public Optional<List<InterfaceCounters>> interfaces(List<String> devices) throws VirtException {
        List<InterfaceCounters> all = new ArrayList<>();
        for (String device : devices) {
            long size = (long) InterfaceReading.size() * Long.BYTES;
            if (Virt.virDomainInterfaceStats(domain, device, scratch, size) == 0) {
                new InterfaceReading(device, scratch.getLongArray(0, InterfaceReading.size()))
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

    /** Only of a domain that was looked up. */
    @Override
    public void close() {
        Virt.virDomainFree(domain);
    }

    private static int check(int result) throws VirtException {
        if (result < 0) {
            throw VirtException.last();
        }
        return result;
    }
}
