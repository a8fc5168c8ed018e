package io.vmgauge.adapters.libvirt.domain;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import io.vmgauge.adapters.libvirt.binding.LibvirtNative;
import io.vmgauge.adapters.libvirt.binding.TypedParameters;
import java.util.Optional;

/** The records of a bulk call, as libvirt owns them. */
public final class BulkRecords implements DomainRecords {
    private static final int PARAMS = 8;
    private static final int PARAM_COUNT = 16;

    private final Pointer list;
    private final int count;
    private final Memory scratch;

    public BulkRecords(Pointer list, int count, Memory scratch) {
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
        return new DomainHandle(record(index).getPointer(0), scratch);
    }

    @Override
    public DomainStats stats(int index) {
        return DomainStats.parse(parameters(index), BulkRecords::text);
    }

    /** Absent if the hypervisor's driver tells nothing of disks. */
    Optional<BlockRecord> blocks(int index) {
        return BlockRecord.parse(parameters(index), BulkRecords::text);
    }

    private TypedParameters parameters(int index) {
        Pointer record = record(index);
        int params = record.getInt(PARAM_COUNT);
        byte[] bytes =
                params == 0 ? new byte[0] : record.getPointer(PARAMS).getByteArray(0, params * TypedParameters.SIZE);
        return new TypedParameters(bytes, params);
    }

    private static String text(long address) {
        return new Pointer(address).getString(0, "UTF-8");
    }

    private Pointer record(int index) {
        return list.getPointer((long) index * Long.BYTES);
    }

    @Override
    public void close() {
        LibvirtNative.virDomainStatsRecordListFree(list);
    }
}
