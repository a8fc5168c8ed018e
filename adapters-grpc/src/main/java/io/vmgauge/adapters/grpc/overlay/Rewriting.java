package io.vmgauge.adapters.grpc.overlay;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import java.io.IOException;
import java.util.function.UnaryOperator;

/** What becomes of each answer of one call. */
interface Rewriting {
    SplicedMessage of(byte[] answer) throws IOException;

    /**
     * Merges VMs' values into each entry of an answer. An entry that the merge leaves as it was stays the bytes that
     * came.
     *
     * @param merge returns its argument if there is nothing to merge
     */
    static <M extends MessageLite> Rewriting ofEntries(VmSnapshot vms, Parser<M> parser, UnaryOperator<M> merge) {
        return answer -> vms.isEmpty()
                ? SplicedMessage.of(answer)
                : SplicedMessage.rewritten(answer, entry -> {
                    M base = parser.parseFrom(entry);
                    M merged = merge.apply(base);
                    return merged.equals(base) ? entry : merged.toByteString();
                });
    }
}
