package io.vmgauge.app;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/** How long values stand still, by the times that they carry. */
final class Standstill {
    private final Map<String, Long> value = new HashMap<>();
    private final Map<String, Long> since = new HashMap<>();
    private final Map<String, Long> longest = new HashMap<>();
    private final Map<String, Integer> moves = new HashMap<>();

    /** The time that this value has now. */
    void note(String what, OptionalLong time) {
        long now = System.nanoTime();
        Long before = value.put(what, time.orElseThrow());
        if (before == null || before != time.orElseThrow()) {
            // It stood still until now, as far as the reader can tell.
            longest.merge(what, now - since.getOrDefault(what, now), Math::max);
            since.put(what, now);
            moves.merge(what, before == null ? 0 : 1, Integer::sum);
        }
        longest.merge(what, now - since.getOrDefault(what, now), Math::max);
    }

    /** How often the value changed that did so least. */
    int fewestMoves() {
        return moves.values().stream().mapToInt(Integer::intValue).min().orElse(0);
    }

    long longestMillis() {
        return longestMillis("");
    }

    /** Of the values whose names end so. */
    long longestMillis(String end) {
        return longest.entrySet().stream()
                        .filter(one -> one.getKey().endsWith(end))
                        .mapToLong(Map.Entry::getValue)
                        .max()
                        .orElse(0)
                / 1_000_000;
    }

    @Override
    public String toString() {
        return "moves " + moves + ", longest standstills " + longest;
    }
}
