package io.vmgauge.engine.query;

import io.vmgauge.ports.inbound.Lookup;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;

/** Ids as people and crictl shorten them: any prefix will do that fits one id only, and one that fits whole wins. */
final class ShortIds {
    private ShortIds() {}

    /** The one entry that an id or prefix stands for, all of them for the empty one, none for an ambiguous one. */
    static <T> NavigableMap<String, T> narrow(String id, NavigableMap<String, T> all) {
        if (id.isEmpty()) {
            return all;
        }
        Lookup<T> found = find(id, all);
        return found instanceof Lookup.Found<T>
                ? all.subMap(all.ceilingKey(id), true, all.ceilingKey(id), true)
                : Collections.emptyNavigableMap();
    }

    static <T> Lookup<T> find(String id, NavigableMap<String, T> all) {
        if (id.isEmpty()) {
            return new Lookup.Invalid<>(id, "an id must not be empty");
        }
        Map.Entry<String, T> first = all.ceilingEntry(id);
        if (first == null || !first.getKey().startsWith(id)) {
            return new Lookup.Unknown<>(id);
        }
        String next = first.getKey().equals(id) ? null : all.higherKey(first.getKey());
        return next != null && next.startsWith(id)
                ? new Lookup.Invalid<>(id, "several ids begin with it: give more of the one that is meant")
                : new Lookup.Found<>(first.getValue());
    }

    /** The same failure to find anything, where something else was looked for. */
    static <T, U> Lookup<U> nothing(Lookup<T> failure) {
        if (failure instanceof Lookup.Unknown<T> it) {
            return new Lookup.Unknown<>(it.id());
        }
        if (failure instanceof Lookup.Invalid<T> it) {
            return new Lookup.Invalid<>(it.id(), it.why());
        }
        if (failure instanceof Lookup.NotRunning<T> it) {
            return new Lookup.NotRunning<>(it.id());
        }
        throw new IllegalArgumentException("this was found: " + failure);
    }
}
