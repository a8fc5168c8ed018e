package io.vmgauge.engine.disk;

import io.vmgauge.ports.spi.Filesystems;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Finding.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where disk usage comes from: the images' size on the host, or an adapter that looks into them. An agent has one source for
 * all VMs and for its whole life, since values of two sources cannot be compared.
 */
public final class DiskSource implements AutoCloseable {
    /** The first candidate that works. */
    public static final String AUTO = "auto";
    /** The images' size on the host. */
    public static final String BLOCK = "block";

    private final String wanted;
    private final boolean isForKubelet;
    private final Map<String, Filesystems> candidates;

    /**
     * What was chosen.
     *
     * @param filesystems absent: the images' size on the host
     * @param findings which one it is and why, for people; the first says it in one line
     */
    public record Choice(Optional<Filesystems> filesystems, List<Finding> findings) {
        /** Which one it is and why, in one line. */
        public String summary() {
            return findings.get(0).what();
        }
    }

    /**
     * Nothing is tried yet.
     *
     * @param wanted {@link #AUTO}, {@link #BLOCK}, or the name of a candidate
     * @param isForKubelet whether a kubelet judges pods by what is served
     * @param candidates what may be chosen, by name, the best first
     */
    public DiskSource(String wanted, boolean isForKubelet, Map<String, Filesystems> candidates) {
        this.wanted = wanted;
        this.isForKubelet = isForKubelet;
        this.candidates = candidates;
    }

    /** Whether {@link #choose} has to try something first, which can take as long as a few readings. */
    public boolean needsTrial() {
        return wanted.equals(AUTO) && !candidates.isEmpty();
    }

    /** The one that is wanted; of {@code auto} the first that works, but none for a kubelet, which judges pods by it. */
    public Choice choose() {
        if (!wanted.equals(AUTO)) {
            return new Choice(Optional.ofNullable(candidates.get(wanted)), List.of(good(wanted + ", as configured")));
        }
        if (isForKubelet) {
            return new Choice(
                    Optional.empty(),
                    List.of(good(
                            "block, since a kubelet takes what is served for space on the node, and evicts by it")));
        }
        List<String> reasons = new ArrayList<>();
        for (Map.Entry<String, Filesystems> candidate : candidates.entrySet()) {
            List<Finding> found = candidate.getValue().check();
            Optional<Finding> problem =
                    found.stream().filter(f -> f.level() == Level.PROBLEM).findFirst();
            if (problem.isEmpty()) {
                List<Finding> all = new ArrayList<>(found);
                all.add(0, good(candidate.getKey() + ", since it works here"));
                return new Choice(Optional.of(candidate.getValue()), all);
            }
            reasons.add(candidate.getKey() + ": " + problem.get().what());
        }
        String why = reasons.isEmpty() ? "nothing that looks into images is installed" : String.join("; ", reasons);
        return new Choice(Optional.empty(), List.of(good("block, since " + why)));
    }

    private static Finding good(String what) {
        return new Finding(Level.GOOD, "disk source", what, "");
    }

    /** Ends the readings under way. */
    @Override
    public void close() {
        candidates.values().forEach(Filesystems::close);
    }
}
