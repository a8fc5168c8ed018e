package io.vmgauge.ports.spi;

import io.vmgauge.ports.inbound.UsageQueries;
import java.nio.file.Path;
import java.util.List;

/**
 * The entry to an adapter that serves the agent's answers and can read such answers back. Its settings are those below
 * {@code endpoint.<name>}.
 */
public interface EndpointProvider {
    /** What {@code endpoint.name} must be: a DNS label, unique among all providers. */
    String name();

    /**
     * Begins to serve; returns when callers can connect.
     *
     * @throws SettingsException if a setting makes no sense
     * @throws EndpointException if it cannot serve there, for example because another agent does
     */
    Endpoint serve(UsageQueries queries, Settings settings);

    /**
     * A client of an endpoint of this kind, ours or any other. Nothing is connected yet.
     *
     * @param socket a unix socket
     */
    StatsClient connect(Path socket);

    /**
     * Where {@link #serve} would serve with these settings. Nothing is touched.
     *
     * @throws SettingsException if any setting makes no sense, not only that of the place
     */
    Path socket(Settings settings);

    /**
     * Whether a kubelet would take what {@link #serve} serves with these settings for its containers' own, and so evict
     * pods by their use of the node's disks. Nothing is touched.
     *
     * @throws SettingsException if a setting makes no sense
     */
    boolean isForKubelet(Settings settings);

    /**
     * What an operator should know before it serves with these settings, most important first: what is missing and how to
     * get it. Nothing is served or touched. For people; may take a second.
     *
     * @throws SettingsException if a setting makes no sense
     */
    List<Finding> check(Settings settings);
}
