package io.vmgauge.adapters.grpc.service;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * A list in parts: messages with some of its entries each, made when they are asked for, so that a slow reader costs one
 * of them and not the list. Small ones, since many callers may be slow at once; an entry larger than that travels alone.
 */
public final class MessageBatcher implements Iterator<byte[]> {
    /** A stream's window in HTTP/2, too. */
    public static final int BYTES = 64 << 10;

    private final Iterator<byte[]> entries;
    /** The first of the next batch, if it had to be made to see that it does not fit. */
    private Optional<byte[]> held = Optional.empty();

    /** @param entries encoded one by one as they are asked for */
    public MessageBatcher(Iterator<byte[]> entries) {
        this.entries = entries;
    }

    @Override
    public boolean hasNext() {
        return held.isPresent() || entries.hasNext();
    }

    @Override
    public byte[] next() {
        List<byte[]> batch = new ArrayList<>();
        int size = 0;
        do {
            byte[] entry = held.orElseGet(entries::next);
            held = Optional.empty();
            batch.add(entry);
            size += entry.length;
            if (entries.hasNext()) {
                held = Optional.of(entries.next());
            }
        } while (held.isPresent() && size + held.get().length <= BYTES);
        return StatsEncoding.list(batch);
    }
}
