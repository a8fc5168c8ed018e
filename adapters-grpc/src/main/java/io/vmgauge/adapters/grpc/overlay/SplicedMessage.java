package io.vmgauge.adapters.grpc.overlay;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import com.google.protobuf.WireFormat;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * An answer with some new entries: slices of the answer that came, and the new entries between them. So a large answer
 * is in memory once.
 */
final class SplicedMessage {
    /** The entries are field 1 in all answers, and in all messages of streams. */
    private static final int ENTRY_FIELD = ListContainerStatsResponse.STATS_FIELD_NUMBER;

    private static final int ENTRY = ENTRY_FIELD << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;

    private final List<ByteArrayInputStream> slices = new ArrayList<>();

    /** What becomes of an entry. It returns its argument if nothing does. */
    interface Entry {
        ByteString of(ByteString entry) throws InvalidProtocolBufferException;
    }

    private SplicedMessage() {}

    static SplicedMessage of(byte[]... parts) {
        SplicedMessage all = new SplicedMessage();
        for (byte[] part : parts) {
            all.slices.add(new ByteArrayInputStream(part, 0, part.length));
        }
        return all;
    }

    /** The answer with each entry put through the function. All else stays as it came, in its order. */
    static SplicedMessage rewritten(byte[] answer, Entry entry) throws IOException {
        ByteString whole = UnsafeByteOperations.unsafeWrap(answer);
        CodedInputStream in = CodedInputStream.newInstance(answer);
        SplicedMessage all = new SplicedMessage();
        int begin = 0;
        int end = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == ENTRY) {
                int length = in.readRawVarint32();
                int from = in.getTotalBytesRead();
                in.skipRawBytes(length);
                ByteString before = whole.substring(from, from + length);
                ByteString after = entry.of(before);
                if (!after.equals(before)) {
                    all.slices.add(new ByteArrayInputStream(answer, begin, end - begin));
                    byte[] field = field(after);
                    all.slices.add(new ByteArrayInputStream(field, 0, field.length));
                    begin = in.getTotalBytesRead();
                }
            } else {
                in.skipField(tag);
            }
            end = in.getTotalBytesRead();
        }
        all.slices.add(new ByteArrayInputStream(answer, begin, answer.length - begin));
        return all;
    }

    private static byte[] field(ByteString entry) throws IOException {
        byte[] field = new byte[CodedOutputStream.computeBytesSize(ENTRY_FIELD, entry)];
        CodedOutputStream.newInstance(field).writeBytes(ENTRY_FIELD, entry);
        return field;
    }

    long length() {
        return slices.stream().mapToLong(ByteArrayInputStream::available).sum();
    }

    /** The slices as one message, which gRPC takes slice by slice. Can be called once. */
    InputStream stream() {
        return new Message();
    }

    private final class Message extends InputStream implements KnownLength, Drainable {
        private int next;
        private InputStream now = InputStream.nullInputStream();

        @Override
        public int drainTo(OutputStream target) throws IOException {
            return Math.toIntExact(transferTo(target));
        }

        @Override
        public long transferTo(OutputStream target) throws IOException {
            int length = available();
            now.transferTo(target);
            while (next < slices.size()) {
                // It hands its array over, and copies nothing.
                slices.get(next++).transferTo(target);
            }
            now = InputStream.nullInputStream();
            return length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            int read = now.read(into, from, length);
            while (read < 0 && next < slices.size()) {
                now = slices.get(next++);
                read = now.read(into, from, length);
            }
            return read;
        }

        @Override
        public int available() throws IOException {
            return now.available()
                    + slices.subList(next, slices.size()).stream()
                            .mapToInt(ByteArrayInputStream::available)
                            .sum();
        }
    }
}
