package io.vmgauge.adapters.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.util.List;

/**
 * Messages by field numbers, for calls of CRI that vmgauge itself never looks into and so has no classes for.
 */
public final class Wire {
    private final UnknownFieldSet.Builder fields = UnknownFieldSet.newBuilder();

    public static Wire message() {
        return new Wire();
    }

    public Wire with(int field, String text) {
        return with(field, ByteString.copyFromUtf8(text));
    }

    public Wire with(int field, Wire message) {
        return with(field, ByteString.copyFrom(message.bytes()));
    }

    public Wire with(int field, long number) {
        fields.mergeField(
                field, UnknownFieldSet.Field.newBuilder().addVarint(number).build());
        return this;
    }

    private Wire with(int field, ByteString bytes) {
        fields.mergeField(
                field,
                UnknownFieldSet.Field.newBuilder().addLengthDelimited(bytes).build());
        return this;
    }

    /** One entry of a map of strings. */
    public Wire with(int field, String key, String value) {
        return with(field, message().with(1, key).with(2, value));
    }

    /** A field that no version of CRI has yet. */
    public static UnknownFieldSet future() {
        return message().with(900, "from 2030").fields.build();
    }

    public byte[] bytes() {
        return fields.build().toByteArray();
    }

    /** The first text in that field. */
    static String text(byte[] message, int field) {
        return all(message, field).get(0).toStringUtf8();
    }

    /** All texts or messages in that field. */
    static List<ByteString> all(byte[] message, int field) {
        try {
            return UnknownFieldSet.parseFrom(message).getField(field).getLengthDelimitedList();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
