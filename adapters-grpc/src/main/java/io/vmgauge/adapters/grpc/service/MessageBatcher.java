package io.vmgauge.adapters.grpc.service;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * A list in parts. Each message has some of the entries and is made when it is asked for, so that a slow reader costs
 * the memory of one message and not of the list. Messages are small, since many callers may be slow at once. An entry
 * that is larger travels alone.
 */
public final class MessageBatcher implements Iterator<byte[]> {
    /** The size of a stream's window in HTTP/2. */
    public static final int BYTES = 64 << 10;

    private final Iterator<byte[]> entries;
    /** The first entry of the next batch, if it was made already and did not fit. */
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
