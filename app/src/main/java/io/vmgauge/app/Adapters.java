package io.vmgauge.app;

import io.vmgauge.app.config.Configuration;
import io.vmgauge.engine.disk.DiskSource;
import io.vmgauge.engine.schedule.Threads;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.EndpointProvider;
import io.vmgauge.ports.spi.FilesystemMeterProvider;
import io.vmgauge.ports.spi.Filesystems;
import io.vmgauge.ports.spi.Host;
import io.vmgauge.ports.spi.Hypervisor;
import io.vmgauge.ports.spi.HypervisorProvider;
import io.vmgauge.ports.spi.Settings;
import io.vmgauge.ports.spi.SettingsException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The adapters that the configuration names, each with its own section of the configuration. */
public final class Adapters {
    private final Configuration configuration;

    /** Opens nothing yet. */
    public Adapters(Configuration configuration) {
        this.configuration = configuration;
    }

    /** The endpoint by which the agent serves. */
    public EndpointProvider endpoint() {
        return Providers.endpoint(configuration.agent().endpoint());
    }

    /** The endpoint's own section. */
    public Settings endpointSettings() {
        return configuration.section("endpoint." + endpoint().name());
    }

    /** The hypervisor whose VMs are measured. */
    public HypervisorProvider hypervisor() {
        return Providers.hypervisor(configuration.agent().hypervisor());
    }

    /**
     * Opens it. Nothing is asked yet.
     *
     * @param socket of the agent, beside which the hypervisor may leave what its next start needs; absent if it may not
     */
    public Hypervisor openHypervisor(TimeSource time, Optional<Path> socket) {
        HypervisorProvider hypervisor = hypervisor();
        Optional<Path> state = socket.map(path -> path.resolveSibling(path.getFileName() + "." + hypervisor.name()));
        return hypervisor.open(
                configuration.section("hypervisor." + hypervisor.name()),
                new Host(time, new Threads("hypervisor"), state));
    }

    /** Opens what disk usage may come from. Nothing is tried yet. */
    public DiskSource openDiskSource(TimeSource time) {
        String wanted = configuration.agent().diskSource();
        boolean isForKubelet = endpoint().isForKubelet(endpointSettings());
        List<FilesystemMeterProvider> installed = Providers.filesystems();
        Map<String, Filesystems> candidates = new LinkedHashMap<>();
        for (FilesystemMeterProvider provider : installed) {
            if ((wanted.equals(DiskSource.AUTO) && !isForKubelet) || wanted.equals(provider.name())) {
                candidates.put(provider.name(), open(provider, time));
            }
        }
        if (candidates.isEmpty() && !wanted.equals(DiskSource.AUTO) && !wanted.equals(DiskSource.BLOCK)) {
            throw new SettingsException("disk.source = " + wanted + " must be one of "
                    + Stream.concat(
                                    Stream.of(DiskSource.AUTO, DiskSource.BLOCK),
                                    installed.stream().map(FilesystemMeterProvider::name))
                            .collect(Collectors.joining(", ")));
        }
        return new DiskSource(wanted, isForKubelet, candidates);
    }

    private Filesystems open(FilesystemMeterProvider provider, TimeSource time) {
        return provider.open(
                configuration.section("filesystems." + provider.name()), new Host(time, new Threads("filesystems")));
    }
}
