package io.vmgauge.adapters.libvirt.binding;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * An array of libvirt's virTypedParameter as it lies in memory on 64-bit machines: a name of 80 bytes, a type, four
 * bytes of padding and a value of eight bytes.
 */
public final class TypedParameters {
    public static final int SIZE = 96;

    private static final int NAME_LENGTH = 80;
    private static final int TYPE = 80;
    private static final int VALUE = 88;
    private static final int INT = 1;
    private static final int UNSIGNED_INT = 2;
    private static final int LONG = 3;
    private static final int UNSIGNED_LONG = 4;
    private static final int STRING = 7;

    private final ByteBuffer bytes;
    private final int count;

    public TypedParameters(byte[] bytes, int count) {
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        this.count = count;
    }

    public int count() {
        return count;
    }

    public String name(int index) {
        int start = index * SIZE;
        int length = 0;
        while (length < NAME_LENGTH && bytes.get(start + length) != 0) {
            length++;
        }
        return new String(bytes.array(), start, length, StandardCharsets.ISO_8859_1);
    }

    public boolean isNumber(int index) {
        int type = type(index);
        return type >= INT && type <= UNSIGNED_LONG;
    }

    /** A counter beyond 2^63 would come out negative; none lives that long. */
    public long number(int index) {
        int value = index * SIZE + VALUE;
        int type = type(index);
        if (type == LONG || type == UNSIGNED_LONG) {
            return bytes.getLong(value);
        }
        return type == UNSIGNED_INT ? Integer.toUnsignedLong(bytes.getInt(value)) : bytes.getInt(value);
    }

    public boolean isText(int index) {
        return type(index) == STRING;
    }

    /** Where the text of a string parameter lies. */
    public long address(int index) {
        return bytes.getLong(index * SIZE + VALUE);
    }

    private int type(int index) {
        return bytes.getInt(index * SIZE + TYPE);
    }
}
