package io.vmgauge.adapters.libvirt.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Traffic;
import io.vmgauge.linux.network.NetworkDevices;
import io.vmgauge.linux.network.NetworkNamespace;
import io.vmgauge.linux.process.QemuProcess;
import io.vmgauge.ports.testkit.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A made-up kernel: /proc/net/dev, /sys/class/net, and the links of network namespaces. */
class GuestInterfacesTest {
    private static final VmId WEB = new VmId("web");
    private static final VmId DB = new VmId("db");
    private static final Incarnation LIFE = new Incarnation(1);
    private static final QemuProcess PROCESS = new QemuProcess(7, 100);

    @TempDir
    private Path dir = Path.of("");

    private final ManualTime time = new ManualTime();
    private GuestInterfaces interfaces = new GuestInterfaces(new NetworkNamespace(dir));

    @BeforeEach
    void make() throws IOException {
        interfaces = new GuestInterfaces(new NetworkNamespace(dir));
        namespace("self", "net:[1]");
        namespace("7", "net:[1]");
        namespace("8", "net:[2]");
        kind("tap0", "tun_flags");
        kind("tap1", "tun_flags");
        devices("lo", "tap0", "eth0");
    }

    @Test
    void whatLibvirtNamedIsToldAsTheGuestSeesIt() throws IOException {
        learn(PROCESS, List.of("tap0"));
        assertEquals(
                Optional.of(List.of(new InterfaceCounters("tap0", new Traffic(20, 4, 5, 6), new Traffic(10, 1, 2, 3)))),
                counters(LIFE));
    }

    @Test
    void aDomainWithoutInterfacesIsToldToHaveNone() throws IOException {
        learn(PROCESS, List.of());
        assertEquals(Optional.of(List.of()), counters(LIFE));
    }

    @Test
    void nothingIsToldOfADomainOfWhichNotAllCanBe() throws IOException {
        learn(PROCESS, List.of("tap0", "vhost-user0"));
        assertEquals(Optional.empty(), counters(LIFE), "one has no device");
        learn(PROCESS, List.of("tap0", "eth0"));
        assertEquals(Optional.empty(), counters(LIFE), "one is of an unknown kind");
        learn(new QemuProcess(8, 100), List.of("tap0"));
        assertEquals(Optional.empty(), counters(LIFE), "a device of another network namespace has the same name");
    }

    @Test
    void anotherLifeHasToBeNamedAnew() throws IOException {
        learn(PROCESS, List.of("tap0"));
        assertEquals(Optional.empty(), counters(new Incarnation(2)));
    }

    @Test
    void libvirtNamesThemAtFirstAndOnceAMinute() {
        assertTrue(interfaces.isNamingDue(time.now()));
        interfaces.namingBegins(time.now());
        time.advance(Duration.ofSeconds(59));
        assertFalse(interfaces.isNamingDue(time.now()));
        time.advance(Duration.ofSeconds(1));
        assertTrue(interfaces.isNamingDue(time.now()));
    }

    @Test
    void aNewDeviceThatMayBeAGuestsHasToBeNamedAndAnyOtherNeedNot() throws IOException {
        learn(PROCESS, List.of("tap0"));
        interfaces.lookForNew(now());
        interfaces.namingBegins(time.now());

        devices("lo", "tap0", "eth0", "veth3");
        interfaces.lookForNew(now());
        assertFalse(interfaces.isNamingDue(time.now()), "no guest's");

        devices("lo", "tap0", "eth0", "veth3", "tap1");
        interfaces.lookForNew(now());
        assertTrue(interfaces.isNamingDue(time.now()));
        interfaces.namingBegins(time.now());
        interfaces.lookForNew(now());
        assertFalse(interfaces.isNamingDue(time.now()), "it is asked for once");
    }

    @Test
    void ofADomainThatLosesADeviceTheOthersAreToldAndLibvirtNamesThemAgain() throws IOException {
        devices("lo", "tap0", "tap1");
        learn(PROCESS, List.of("tap0", "tap1"));
        interfaces.namingBegins(time.now());
        devices("lo", "tap1");
        assertEquals(
                List.of("tap1"),
                counters(LIFE).orElseThrow().stream()
                        .map(InterfaceCounters::name)
                        .toList());
        assertTrue(interfaces.isNamingDue(time.now()));
    }

    @Test
    void whoIsNotThereAnyMoreIsForgotten() throws IOException {
        learn(PROCESS, List.of("tap0"));
        interfaces.keepOnly(Set.of(DB));
        assertEquals(Optional.empty(), counters(LIFE));
    }

    private void learn(QemuProcess process, List<String> names) throws IOException {
        interfaces.learn(WEB, LIFE, process, names, now());
    }

    private Optional<List<InterfaceCounters>> counters(Incarnation life) throws IOException {
        return interfaces.counters(WEB, life, now());
    }

    private NetworkDevices now() {
        return new NetworkDevices(dir.resolve("dev"), dir.resolve("net"));
    }

    private void devices(String... names) throws IOException {
        StringBuilder list = new StringBuilder();
        for (String name : names) {
            list.append(name).append(": 10 1 2 3 0 0 0 0 20 4 5 6 0 0 0 0\n");
        }
        Files.writeString(dir.resolve("dev"), list);
    }

    private void kind(String device, String file) throws IOException {
        Files.createFile(
                Files.createDirectories(dir.resolve("net").resolve(device)).resolve(file));
    }

    private void namespace(String process, String link) throws IOException {
        Files.createSymbolicLink(
                Files.createDirectories(dir.resolve(process).resolve("ns")).resolve("net"), Path.of(link));
    }
}
