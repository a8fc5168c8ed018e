package io.vmgauge.adapters.libvirt.domain;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.vmgauge.adapters.libvirt.binding.Virt;
import io.vmgauge.adapters.libvirt.binding.VirtException;
import java.util.Optional;

/**
 * The same of a driver without bulk statistics, such as that of containers or of Xen: a list of domains, of which each is
 * asked for its state by itself. What its interfaces count is not in it.
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

    /** One that has gone since it was listed is off. */
    @Override
    public DomainStats stats(int index) throws VirtException {
        if (Virt.virDomainGetState(pointer(index), scratch, scratch.share(Integer.BYTES), 0) == 0) {
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
            Virt.virDomainFree(pointer(i));
        }
        Native.free(Pointer.nativeValue(list));
    }
}
