package io.vmgauge.adapters.libvirt.connection;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.libvirt.ConfigSettings;
import io.vmgauge.adapters.libvirt.binding.VirtException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RemedyTest {
    /** What libvirt 9 says, with its codes; of some in German, as its words may be. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "qemu:///system | 38 | Failed to connect socket to '/run/libvirt-sock': Connection refused | is libvirtd running, and",
                "qemu:///system | 38 | Failed to connect socket to '/run/libvirt-sock-ro': Permission denied | run as root, or",
                "qemu:///system | 45 | Authentifizierung fehlgeschlagen | run as root, or",
                "qemu:///system | 94 | keine Möglichkeit zur Anmeldung | run as root, or",
                "qemu:///system | 88 | Zugriff verweigert | run as root, or",
                "qemu:///system | 38 | no record for uid 77 | libvirtd turns away whom it does not know",
                "qemu:///system | 3 | this function is not supported by the connection driver: x | this driver of libvirt does not tell",
                "bhyve:///system | 5 | no connection driver available for bhyve:///system | libvirt has no such driver here",
                "esx://h/ | 67 | libvirt wurde ohne Treiber gebaut | libvirt has no such driver here",
                "qemu+ssh://h/system | 38 | Cannot recv data: Permission denied (publickey) | let vmgauge's user log in there",
                "qemu+tcp://h/system | 38 | unable to connect to server at 'h:16509': Connection refused | is libvirtd running there",
                "qemu+tcp://h/system | 4 | unknown host | check the host's name",
                "test:///nowhere | 38 | failed to open file | check hypervisor.libvirt.uri"
            })
    void theAdviceFitsTheError(String uri, int code, String reason, String advice) {
        ConnectionSettings settings =
                ConfigSettings.parsed("uri = \"" + uri + "\"").connection();
        String cure = Remedy.of(new VirtException(code, 7, reason), settings);

        assertTrue(cure.contains(advice), cure);
        assertTrue(cure.contains("is libvirtd running") == advice.contains("is libvirtd running"), cure);
    }
}
