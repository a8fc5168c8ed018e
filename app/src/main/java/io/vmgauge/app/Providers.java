package io.vmgauge.app;

import io.vmgauge.ports.spi.EndpointProvider;
import io.vmgauge.ports.spi.FilesystemMeterProvider;
import io.vmgauge.ports.spi.HypervisorProvider;
import io.vmgauge.ports.spi.SettingsException;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** The adapters on the module path, by name. */
final class Providers {
    private Providers() {}

    static HypervisorProvider hypervisor(String name) {
        return named(name, ServiceLoader.load(HypervisorProvider.class), HypervisorProvider::name, "hypervisor");
    }

    static EndpointProvider endpoint(String name) {
        return named(name, ServiceLoader.load(EndpointProvider.class), EndpointProvider::name, "endpoint");
    }

    /** All ways of looking into disk images, by name. */
    static List<FilesystemMeterProvider> filesystems() {
        return ServiceLoader.load(FilesystemMeterProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .sorted(Comparator.comparing(FilesystemMeterProvider::name))
                .toList();
    }

    private static <P> P named(String name, ServiceLoader<P> providers, Function<P, String> nameOf, String kind) {
        return StreamSupport.stream(providers.spliterator(), false)
                .filter(provider -> nameOf.apply(provider).equals(name))
                .findFirst()
                .orElseThrow(() -> new SettingsException(kind + ".name = " + name + " must be one of those installed: "
                        + StreamSupport.stream(providers.spliterator(), false)
                                .map(nameOf)
                                .sorted()
                                .collect(Collectors.joining(", "))));
    }
}
