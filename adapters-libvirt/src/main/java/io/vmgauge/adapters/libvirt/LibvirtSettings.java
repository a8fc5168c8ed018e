package io.vmgauge.adapters.libvirt;

import io.vmgauge.adapters.libvirt.connection.ConnectionSettings;
import io.vmgauge.adapters.libvirt.definition.DefinitionReader;
import io.vmgauge.adapters.libvirt.definition.KubevirtResolver;
import io.vmgauge.adapters.libvirt.definition.PlacementResolver;
import io.vmgauge.adapters.libvirt.definition.StandaloneResolver;
import io.vmgauge.adapters.libvirt.definition.VirtletResolver;
import io.vmgauge.adapters.libvirt.definition.VmgaugeResolver;
import io.vmgauge.adapters.libvirt.disk.VolumeDirectories;
import io.vmgauge.domain.identity.DnsName;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.spi.Settings;
import java.time.Duration;
import java.util.List;

/** The section {@code hypervisor.libvirt} of the configuration; reference.conf says what each means. */
public record LibvirtSettings(
        ConnectionSettings connection,
        List<PlacementResolver> resolvers,
        String standaloneNamespace,
        Duration refresh,
        VolumeDirectories volumes) {

    public LibvirtSettings {
        resolvers = List.copyOf(resolvers);
    }

    public static LibvirtSettings of(Settings settings) {
        return new LibvirtSettings(
                connection(settings),
                resolvers(settings),
                settings.text("identity.standalone.namespace"),
                within(settings, "identity.refresh", Duration.ofSeconds(1), Duration.ofHours(1)),
                volumes(settings));
    }

    /** Reads definitions as configured. */
    public DefinitionReader reader() {
        return new DefinitionReader(resolvers, standaloneNamespace);
    }

    private static ConnectionSettings connection(Settings settings) {
        String uri = settings.text("uri");
        if (uri.isBlank() || !SafeText.line(uri).equals(uri)) {
            throw settings.refuse("uri", "a libvirt URI such as qemu:///system");
        }
        Duration keepalive = within(settings, "keepalive.interval", Duration.ofSeconds(1), Duration.ofMinutes(1));
        if (keepalive.toNanosPart() != 0) {
            throw settings.refuse("keepalive.interval", "whole seconds");
        }
        return new ConnectionSettings(
                uri,
                (int) keepalive.toSeconds(),
                settings.number("keepalive.count", 1, 20),
                within(settings, "reconnect-backoff", Duration.ofMillis(100), Duration.ofMinutes(1)));
    }

    private static List<PlacementResolver> resolvers(Settings settings) {
        String namespace = settings.text("identity.standalone.namespace");
        if (!DnsName.isValid(namespace)) {
            throw settings.refuse("identity.standalone.namespace", "a DNS-1123 name such as virtual-machines");
        }
        List<PlacementResolver> known = List.of(
                new VmgaugeResolver(),
                new VirtletResolver(namespace),
                new KubevirtResolver(),
                new StandaloneResolver(namespace));
        List<String> names = settings.texts("identity.resolvers");
        if (names.isEmpty() || names.stream().distinct().count() < names.size()) {
            throw settings.refuse("identity.resolvers", "some of " + namesOf(known) + ", each once");
        }
        return names.stream()
                .map(name -> known.stream()
                        .filter(resolver -> resolver.name().equals(name))
                        .findAny()
                        .orElseThrow(() -> settings.refuse("identity.resolvers", "some of " + namesOf(known))))
                .toList();
    }

    private static List<String> namesOf(List<PlacementResolver> resolvers) {
        return resolvers.stream().map(PlacementResolver::name).toList();
    }

    private static VolumeDirectories volumes(Settings settings) {
        List<String> directories = settings.texts("disk.volume-directories");
        if (!directories.stream().allMatch(d -> d.startsWith("/"))) {
            throw settings.refuse("disk.volume-directories", "absolute paths");
        }
        return new VolumeDirectories(directories);
    }

    private static Duration within(Settings settings, String key, Duration least, Duration most) {
        Duration value = settings.duration(key);
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw settings.refuse(key, "from " + words(least) + " to " + words(most));
        }
        return value;
    }

    private static String words(Duration duration) {
        return duration.toMillis() < 1000 ? duration.toMillis() + "ms" : duration.toSeconds() + "s";
    }
}
