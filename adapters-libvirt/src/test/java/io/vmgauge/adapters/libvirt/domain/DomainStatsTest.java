package io.vmgauge.adapters.libvirt.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmgauge.adapters.libvirt.binding.TypedParameters;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Traffic;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** On records as virsh domstats prints them, laid out in memory as libvirt does. */
class DomainStatsTest {
    @Test
    void aRecordOfARunningGuestIsRead() {
        DomainStats stats = parse(
                """
                state.state=1
                state.reason=1
                net.count=2
                net.0.name=tap0
                net.0.rx.bytes=726
                net.0.rx.pkts=9
                net.0.rx.errs=1
                net.0.rx.drop=2
                net.0.tx.bytes=316
                net.0.tx.pkts=4
                net.0.tx.errs=3
                net.0.tx.drop=5
                net.1.name=tap1
                net.1.rx.bytes=10
                net.1.tx.bytes=11
                """);

        assertEquals(1, stats.state());
        assertEquals(1, stats.reason());
        assertEquals(
                Optional.of(List.of(
                        new InterfaceCounters("tap0", new Traffic(726, 9, 1, 2), new Traffic(316, 4, 3, 5)),
                        new InterfaceCounters("tap1", onlyBytes(10), onlyBytes(11)))),
                stats.interfaces());
    }

    @Test
    void holesAreLeftByInterfacesWithoutCounters() {
        DomainStats stats = parse(
                """
                state.state=3
                net.count=3
                net.2.name=tap2
                net.2.rx.bytes=1
                net.2.tx.bytes=2
                """);

        assertEquals(
                Optional.of(List.of(new InterfaceCounters("tap2", onlyBytes(1), onlyBytes(2)))), stats.interfaces());
    }

    @Test
    void aDomainWithoutInterfacesSaysSo() {
        assertEquals(Optional.of(List.of()), parse("state.state=1\nnet.count=0").interfaces());
    }

    @Test
    void aDriverThatSaysNothingOfInterfacesIsNotADomainWithoutThem() {
        assertEquals(Optional.empty(), parse("state.state=1\nstate.reason=1").interfaces());
    }

    @Test
    void anInterfaceWithoutBytesHasNoCounters() {
        assertEquals(
                Optional.of(List.of()),
                parse("net.count=1\nnet.0.name=user0\nnet.0.rx.pkts=3").interfaces());
    }

    @Test
    void whatIsUnknownOrStrangeIsPassedOver() {
        DomainStats stats = parse(
                """
                cpu.time=5
                net.count=1
                net.x.rx.bytes=1
                net.=1
                net.0=1
                net.99999999999.rx.bytes=1
                net.0.name=tap0
                net.0.rx.bytes=1
                net.0.tx.bytes=2
                net.0.rx.future=3
                balloon.rss=7
                """);

        assertEquals(
                Optional.of(List.of(new InterfaceCounters("tap0", onlyBytes(1), onlyBytes(2)))), stats.interfaces());
    }

    @Test
    void numbersOfAllTypesAreRead() {
        ByteBuffer bytes = ByteBuffer.allocate(4 * TypedParameters.SIZE).order(ByteOrder.nativeOrder());
        bytes.putInt(80, 1).putInt(88, -5);
        bytes.putInt(96 + 80, 2).putInt(96 + 88, -1);
        bytes.putInt(192 + 80, 3).putLong(192 + 88, -7);
        bytes.putInt(288 + 80, 4).putLong(288 + 88, 1L << 62);
        TypedParameters params = new TypedParameters(bytes.array(), 4);

        assertEquals(-5, params.number(0));
        assertEquals(0xFFFFFFFFL, params.number(1));
        assertEquals(-7, params.number(2));
        assertEquals(1L << 62, params.number(3));
    }

    @Test
    void aNameMayFillAllItsBytes() {
        ByteBuffer bytes = ByteBuffer.allocate(TypedParameters.SIZE).order(ByteOrder.nativeOrder());
        bytes.put("n".repeat(80).getBytes(StandardCharsets.US_ASCII)).putInt(80, 4);

        assertEquals("n".repeat(80), new TypedParameters(bytes.array(), 1).name(0));
    }

    /** As of a vhost-user interface: what libvirt does not tell is not 0. */
    @Test
    void aCounterThatIsNotKnownIsAbsentInTheCallForOneInterfaceToo() {
        assertEquals(
                Optional.of(new InterfaceCounters(
                        "vhu0",
                        new Traffic(7, OptionalLong.of(6), OptionalLong.empty(), OptionalLong.of(0)),
                        new Traffic(5, OptionalLong.of(4), OptionalLong.empty(), OptionalLong.empty()))),
                new InterfaceStats("vhu0", new long[] {7, 6, -1, 0, 5, 4, -1, -1}).counters());
    }

    private static Traffic onlyBytes(long bytes) {
        return new Traffic(bytes, OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
    }

    private static DomainStats parse(String domstats) {
        Domstats record = new Domstats(domstats);
        return DomainStats.parse(record.parameters(), record::text);
    }
}
