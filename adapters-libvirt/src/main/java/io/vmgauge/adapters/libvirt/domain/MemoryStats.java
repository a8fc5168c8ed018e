package io.vmgauge.adapters.libvirt.domain;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * An array of libvirt's virDomainMemoryStatStruct: a tag of four bytes, padding, a value of eight bytes, mostly in KiB.
 */
public final class MemoryStats {
    public static final int SIZE = 16;
    /** More tags than libvirt has. */
    public static final int MOST = 16;

    // From libvirt/libvirt-domain.h.
    public static final int MAJOR_FAULTS = 2;
    public static final int FAULTS = 3;
    public static final int UNUSED = 4;
    public static final int TOTAL = 5;
    public static final int BALLOON = 6;
    public static final int RESIDENT = 7;
    public static final int USABLE = 8;
    public static final int LAST_UPDATE = 9;
    public static final int DISK_CACHES = 10;

    private static final long ABSENT = -1;

    /** By tag. */
    private final long[] values = new long[MOST];

    public MemoryStats(byte[] bytes, int count) {
        Arrays.fill(values, ABSENT);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        for (int i = 0; i < count; i++) {
            int tag = buffer.getInt(i * SIZE);
            if (tag >= 0 && tag < MOST) {
                values[tag] = buffer.getLong(i * SIZE + 8);
            }
        }
    }

    /** As libvirt says it; absent if it is not told, or does not fit. */
    public OptionalLong number(int tag) {
        return values[tag] < 0 ? OptionalLong.empty() : OptionalLong.of(values[tag]);
    }
}
