package io.vmgauge.adapters.libvirt.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmgauge.adapters.libvirt.ConfigSettings;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectionSettingsTest {
    @ParameterizedTest
    @CsvSource({
        "qemu:///system, true",
        "qemu:///session, true",
        "qemu+unix:///system?socket=/run/x, true",
        "qemu+ssh://root@other/system, false",
        "qemu+tcp://127.0.0.1/system, false",
        "test:///default, false",
        "xen:///system, false"
    })
    void onlyQemuOnThisHostHasProcessesHere(String uri, boolean isLocal) {
        assertEquals(
                isLocal,
                ConfigSettings.parsed("uri = \"" + uri + "\"").connection().isLocal());
    }
}
