package io.vmgauge.adapters.libvirt.domain;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.vmgauge.adapters.libvirt.binding.LibvirtNative;
import io.vmgauge.adapters.libvirt.binding.VirtException;
import java.util.Optional;

/**
 * The domains of a driver without bulk statistics, such as that of containers or of Xen. Each domain is asked for its
 * state by itself. Counters of interfaces are not told.
 */
public final class SingleRecords implements DomainRecords {
    private static final int SHUT_OFF = 5;

    private final Pointer list;
    private final int count;
    private final Memory scratch;

    /**
     * Takes over a list, and frees it when closed.
     *
     * @param list that of virConnectListAllDomains
     */
    public SingleRecords(Pointer list, int count, Memory scratch) {
        this.list = list;
        this.count = count;
        this.scratch = scratch;
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public DomainHandle domain(int index) {
        return new DomainHandle(pointer(index), scratch);
    }

    /** A domain that has gone since it was listed counts as shut off. */
    @Override
    public DomainStats stats(int index) throws VirtException {
        if (LibvirtNative.virDomainGetState(pointer(index), scratch, scratch.share(Integer.BYTES), 0) == 0) {
            return new DomainStats(scratch.getInt(0), scratch.getInt(Integer.BYTES), Optional.empty());
        }
        VirtException e = VirtException.last();
        if (!e.isDomainGone()) {
            throw e;
        }
        return new DomainStats(SHUT_OFF, 0, Optional.empty());
    }

    private Pointer pointer(int index) {
        return list.getPointer((long) index * Long.BYTES);
    }

    @Override
    public void close() {
        for (int i = 0; i < count; i++) {
            LibvirtNative.virDomainFree(pointer(i));
        }
        Native.free(Pointer.nativeValue(list));
    }
}
