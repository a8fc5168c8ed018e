package io.vmgauge.app;

import io.vmgauge.app.config.Configuration;
import io.vmgauge.ports.spi.EndpointProvider;
import io.vmgauge.ports.spi.FilesystemMeterProvider;
import io.vmgauge.ports.spi.Filesystems;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Finding.Level;
import io.vmgauge.ports.spi.Host;
import io.vmgauge.ports.spi.SettingsException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where disk usage comes from: the images' size on the host, or an adapter that looks into them. It is one of them for the
 * whole life of an agent and for all VMs, since values of two sources cannot be compared.
 */
final class DiskSource implements AutoCloseable {
    private static final String AUTO = "auto";
    private static final String BLOCK = "block";

    private final String wanted;
    private final boolean isForKubelet;
    private final Map<String, Filesystems> candidates;

    /**
     * What was chosen.
     *
     * @param filesystems absent: the images' size on the host
     * @param findings which one it is and why, for people; the first says it in one line
     */
    record Choice(Optional<Filesystems> filesystems, List<Finding> findings) {
        String summary() {
            return findings.get(0).what();
        }
    }

    /** @param candidates what may be chosen, the best first */
    DiskSource(String wanted, boolean isForKubelet, Map<String, Filesystems> candidates) {
        this.wanted = wanted;
        this.isForKubelet = isForKubelet;
        this.candidates = candidates;
    }

    /** Opens what may be chosen; nothing is tried yet. */
    static DiskSource open(Configuration configuration, Host host) {
        String wanted = configuration.agent().diskSource();
        EndpointProvider endpoint = Installed.endpoint(configuration.agent().endpoint());
        boolean isForKubelet = endpoint.isForKubelet(configuration.section("endpoint." + endpoint.name()));
        List<FilesystemMeterProvider> installed = Installed.filesystems();
        Map<String, Filesystems> candidates = new LinkedHashMap<>();
        for (FilesystemMeterProvider provider : installed) {
            if ((wanted.equals(AUTO) && !isForKubelet) || wanted.equals(provider.name())) {
                candidates.put(
                        provider.name(), provider.open(configuration.section("filesystems." + provider.name()), host));
            }
        }
        if (candidates.isEmpty() && !wanted.equals(AUTO) && !wanted.equals(BLOCK)) {
            throw new SettingsException("disk.source = " + wanted + " must be one of "
                    + Stream.concat(Stream.of(AUTO, BLOCK), installed.stream().map(FilesystemMeterProvider::name))
                            .collect(Collectors.joining(", ")));
        }
        return new DiskSource(wanted, isForKubelet, candidates);
    }

    /** Whether {@link #choose} has to try something first, which can take as long as a few readings. */
    boolean needsTrial() {
        return wanted.equals(AUTO) && !candidates.isEmpty();
    }

    /** The one that is wanted; of {@code auto} the first that works, but none for a kubelet, which judges pods by it. */
    Choice choose() {
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
