package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.ports.spi.EndpointProvider;
import io.vmgauge.ports.spi.FilesystemMeterProvider;
import io.vmgauge.ports.spi.HypervisorProvider;
import java.lang.module.ModuleDescriptor;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The module descriptors say what the design says. Runs on the module path, as the agent does. */
class ModuleLayoutTest {
    private static final List<Module> OURS = ModuleLayer.boot().modules().stream()
            .filter(module -> module.getName().startsWith("io.vmgauge."))
            .toList();

    @Test
    void theModulesAreThoseOfTheDesign() {
        assertEquals(
                Set.of(
                        "io.vmgauge.domain",
                        "io.vmgauge.ports",
                        "io.vmgauge.linux",
                        "io.vmgauge.engine",
                        "io.vmgauge.adapters.libvirt",
                        "io.vmgauge.adapters.virtdf",
                        "io.vmgauge.adapters.grpc",
                        "io.vmgauge.app"),
                OURS.stream().map(Module::getName).collect(Collectors.toSet()));
    }

    @Test
    void everyModuleOwnsThePackagesUnderItsName() {
        for (Module module : OURS) {
            assertFalse(module.getPackages().isEmpty());
            for (String name : module.getPackages()) {
                assertTrue(
                        name.equals(module.getName()) || name.startsWith(module.getName() + "."),
                        module.getName() + " has package " + name);
            }
        }
    }

    @Test
    void adaptersExportNothingAndProvideSomething() {
        for (ModuleDescriptor adapter : adapters()) {
            assertEquals(Set.of(), adapter.exports(), adapter.name());
            assertFalse(adapter.provides().isEmpty(), adapter.name());
        }
    }

    @Test
    void appReadsNoAdapter() {
        for (ModuleDescriptor.Requires required : descriptor("io.vmgauge.app").requires()) {
            assertFalse(required.name().startsWith("io.vmgauge.adapters"), required.name());
        }
    }

    @Test
    void theEngineReadsThePortsAndTheLogAndIsReadByTheAppOnly() {
        ModuleDescriptor engine = descriptor("io.vmgauge.engine");
        assertEquals(
                Set.of("io.vmgauge.ports", "java.base", "org.slf4j"),
                engine.requires().stream()
                        .map(ModuleDescriptor.Requires::name)
                        .filter(name -> !name.equals("org.jspecify"))
                        .collect(Collectors.toSet()));
        for (ModuleDescriptor.Exports exported : engine.exports()) {
            assertEquals(Set.of("io.vmgauge.app"), exported.targets(), exported.source());
        }
    }

    @Test
    void providersAreFoundByServiceLoader() {
        assertEquals(
                List.of("libvirt"),
                ServiceLoader.load(HypervisorProvider.class).stream()
                        .map(provider -> provider.get().name())
                        .toList());
        assertEquals(
                List.of("virt-df"),
                ServiceLoader.load(FilesystemMeterProvider.class).stream()
                        .map(provider -> provider.get().name())
                        .toList());
        assertEquals(
                List.of("cri"),
                ServiceLoader.load(EndpointProvider.class).stream()
                        .map(provider -> provider.get().name())
                        .toList());
    }

    @Test
    void everyModuleIsNullMarked() {
        for (Module module : OURS) {
            assertTrue(module.isAnnotationPresent(NullMarked.class), module.getName());
        }
    }

    private static ModuleDescriptor descriptor(String module) {
        return OURS.stream()
                .filter(ours -> ours.getName().equals(module))
                .findFirst()
                .orElseThrow()
                .getDescriptor();
    }

    private static List<ModuleDescriptor> adapters() {
        List<ModuleDescriptor> adapters = OURS.stream()
                .map(Module::getDescriptor)
                .filter(descriptor -> descriptor.name().contains(".adapters."))
                .toList();
        assertEquals(3, adapters.size());
        return adapters;
    }
}
