package io.vmgauge.adapters.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.libvirt.definition.PlacementResolver;
import io.vmgauge.ports.spi.SettingsException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LibvirtSettingsTest {
    @Test
    void theDefaultsAreThoseOfTheReference() {
        LibvirtSettings settings = ConfigSettings.parsed();

        assertEquals("qemu:///system", settings.connection().uri());
        assertEquals(
                List.of("vmgauge", "virtlet", "standalone"),
                settings.resolvers().stream().map(PlacementResolver::name).toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "uri = \" \"",
                "uri = \"a\\u001bb\"",
                "keepalive.interval = 1500ms",
                "keepalive.interval = 2h",
                "keepalive.count = 0",
                "reconnect-backoff = 1ms",
                "identity.resolvers = []",
                "identity.resolvers = [vmgauge, vmgauge]",
                "identity.resolvers = [nova]",
                "identity.refresh = 2d",
                "identity.standalone.namespace = \"No!\"",
                "disk.volume-directories = [relative]"
            })
    void settingsThatMakeNoSenseAreRefused(String line) {
        String message = String.valueOf(assertThrows(SettingsException.class, () -> ConfigSettings.parsed(line))
                .getMessage());

        assertTrue(message.startsWith("hypervisor.libvirt." + line.substring(0, line.indexOf(' '))), message);
    }
}
