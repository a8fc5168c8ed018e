package io.vmgauge.linux.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Traffic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a list as the kernel writes it, with {@code xbtq1} before {@code btq1}. */
class NetworkDevicesTest {
    private static final InterfaceCounters OF_XBTQ1 =
            new InterfaceCounters("btq1", new Traffic(999, 9, 9, 9), new Traffic(888, 8, 8, 8));

    @TempDir
    private Path dir = Path.of("");

    private NetworkDevices devices = NetworkDevices.unknown();

    @BeforeEach
    void list() throws IOException {
        Path list = Files.writeString(
                dir.resolve("dev"),
                """
                Inter-|   Receive                                                |  Transmit
                 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                    lo: 12345     10    0    0    0     0          0         0 12345     10    0    0    0     0       0          0
                xbtq1:     888       8    8    8    0     0          0         0      999       9    9    9    0     0       0          0
                 btq1: 100 1 2 3 0 0 0 0 200 4 5 6 0 0 0 0
                  mv0: 11 1 1 1 0 0 0 0 22 2 2 2 0 0 0 0
                 amv0: 1 1 1 1 0 0 0 0 2 2 2 2 0 0 0 0
                """);
        Files.createDirectories(dir.resolve("net/btq1"));
        Files.createFile(dir.resolve("net/btq1/tun_flags"));
        devices = new NetworkDevices(list, dir.resolve("net"));
    }

    @Test
    void aTapWhoseNameIsTheEndOfAnothersHasItsOwnCountersAsItsGuestSeesThem() {
        assertEquals(
                List.of(new InterfaceCounters("btq1", new Traffic(200, 4, 5, 6), new Traffic(100, 1, 2, 3))),
                devices.verified(List.of(OF_XBTQ1), Set.of()));
    }

    @Test
    void anyOtherDeviceCountsAsItsGuestDoes() {
        assertEquals(
                List.of(new InterfaceCounters("mv0", new Traffic(11, 1, 1, 1), new Traffic(22, 2, 2, 2))),
                devices.verified(
                        List.of(new InterfaceCounters("mv0", new Traffic(1, 1, 1, 1), new Traffic(2, 2, 2, 2))),
                        Set.of()));
    }

    @Test
    void whatLibvirtSaysOfANameThatFitsOneLineOnlyIsBelieved() {
        InterfaceCounters told = new InterfaceCounters("xbtq1", new Traffic(1, 2, 3, 4), new Traffic(5, 6, 7, 8));
        assertEquals(List.of(told), devices.verified(List.of(told), Set.of("btq1")));
    }

    /** As on another host, or behind another network namespace. */
    @Test
    void whereTheDeviceIsNotKnownItHasNoCountersIfAnotherVmsNameEndsSo() {
        NetworkDevices none = NetworkDevices.unknown();
        assertEquals(List.of(), none.verified(List.of(OF_XBTQ1), Set.of("xbtq1", "btq1")));
        assertEquals(List.of(OF_XBTQ1), none.verified(List.of(OF_XBTQ1), Set.of("btq1", "btq11")));
    }

    @Test
    void aGuestsDeviceIsATapOrAMacvtapAndIsMatchedByItsWholeName() throws IOException {
        Files.createDirectories(dir.resolve("net/mv0/macvtap/tap7"));
        Files.createDirectories(dir.resolve("net/amv0"));
        assertEquals(Optional.of(new GuestDevice("btq1", true)), devices.guestDevice("btq1"));
        assertEquals(Optional.of(new GuestDevice("mv0", false)), devices.guestDevice("mv0"));
        assertEquals(Optional.empty(), devices.guestDevice("amv0"), "of an unknown kind");
        assertEquals(Optional.empty(), devices.guestDevice("tq1"));
        assertEquals(Set.of("lo", "xbtq1", "btq1", "mv0", "amv0"), devices.names());
    }

    @Test
    void aTapCountsTheOtherWayRoundAndAMacvtapDoesNot() {
        assertEquals(
                Optional.of(new InterfaceCounters("btq1", new Traffic(200, 4, 5, 6), new Traffic(100, 1, 2, 3))),
                devices.counters(new GuestDevice("btq1", true)));
        assertEquals(
                Optional.of(new InterfaceCounters("mv0", new Traffic(11, 1, 1, 1), new Traffic(22, 2, 2, 2))),
                devices.counters(new GuestDevice("mv0", false)));
        assertEquals(Optional.empty(), devices.counters(new GuestDevice("tq1", true)), "the end of another's name");
    }
}
