package io.vmgauge.adapters.libvirt.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmgauge.domain.sample.DeviceIo;
import io.vmgauge.domain.sample.IoCounters;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** On records that libvirt 9.0 told of real guests, laid out in memory as libvirt does. */
class BlockRecordTest {
    private static final OptionalLong ABSENT = OptionalLong.empty();
    private static final String SECOND_DISK =
            """
            block.NUMBER.name=vdb
            block.NUMBER.path=/images/b.raw
            block.NUMBER.backingIndex=1
            block.NUMBER.rd.reqs=1
            block.NUMBER.rd.bytes=4096
            block.NUMBER.rd.times=541986
            block.NUMBER.wr.reqs=0
            block.NUMBER.wr.bytes=0
            block.NUMBER.wr.times=0
            block.NUMBER.fl.reqs=0
            block.NUMBER.fl.times=0
            block.NUMBER.allocation=0
            block.NUMBER.capacity=67108864
            block.NUMBER.physical=67108864
            """;
    private static final String FIRST_DISK =
            """
            block.0.name=vda
            block.0.path=/images/top.qcow2
            block.0.backingIndex=2
            block.0.rd.reqs=8
            block.0.rd.bytes=10752
            block.0.rd.times=5172930
            block.0.wr.reqs=2
            block.0.wr.bytes=1024
            block.0.wr.times=12084494
            block.0.fl.reqs=1
            block.0.fl.times=536095
            block.0.allocation=393216
            block.0.capacity=67108864
            block.0.physical=331776
            """;
    private static final List<DeviceIo> BOTH = List.of(
            new DeviceIo(
                    "vda",
                    new IoCounters(10752, 8, 5172930),
                    new IoCounters(1024, 2, 12084494),
                    OptionalLong.of(1),
                    OptionalLong.of(536095)),
            new DeviceIo(
                    "vdb",
                    new IoCounters(4096, 1, 541986),
                    new IoCounters(0, 0, 0),
                    OptionalLong.of(0),
                    OptionalLong.of(0)));

    @Test
    void everyDeviceTellsItsCountersAndEveryImageItsSizes() {
        BlockRecord record = parse("block.count=2\n" + FIRST_DISK + SECOND_DISK.replace("NUMBER", "1"));

        assertEquals(BOTH, record.io());
        assertEquals(List.of("vda", "vdb"), record.devices());
        assertEquals(
                Map.of(
                        "/images/top.qcow2", new BlockStats(67108864, 393216, 331776),
                        "/images/b.raw", new BlockStats(67108864, 0, 67108864)),
                record.images());
    }

    @Test
    void aDeviceWithAChainOfImagesIsOneDevice() {
        BlockRecord record = parse("block.count=3\n" + FIRST_DISK
                + """
                block.1.name=vda
                block.1.path=/images/base.raw
                block.1.backingIndex=3
                block.1.allocation=0
                block.1.capacity=67108864
                block.1.physical=4587520
                """
                + SECOND_DISK.replace("NUMBER", "2"));

        assertEquals(BOTH, record.io());
        assertEquals(List.of("vda", "vdb"), record.devices());
        assertEquals(new BlockStats(67108864, 0, 4587520), record.images().get("/images/base.raw"));
        assertEquals(3, record.images().size());
    }

    /** libvirt's order is that of the numbers, whatever comes first in the record. */
    @Test
    void countersOfAnImageBelowNeverCount() {
        BlockRecord record = parse(
                """
                block.count=3
                block.10.name=vda
                block.10.rd.bytes=5
                block.9.name=vdb
                block.9.rd.bytes=6
                block.2.name=vda
                block.2.rd.bytes=7
                """);

        assertEquals(List.of(onlyRead("vda", 7), onlyRead("vdb", 6)), record.io());
    }

    /** As of a drive without a medium. */
    @Test
    void aDeviceWithoutAnImageHasCounters() {
        BlockRecord record = parse(
                """
                block.count=1
                block.0.name=hda
                block.0.rd.reqs=0
                block.0.rd.bytes=0
                block.0.rd.times=0
                """);

        assertEquals(
                List.of(new DeviceIo(
                        "hda", new IoCounters(0, 0, 0), new IoCounters(ABSENT, ABSENT, ABSENT), ABSENT, ABSENT)),
                record.io());
        assertEquals(Map.of(), record.images());
    }

    /** As of vhost-user, and of all devices if libvirt waited for QEMU for too long. */
    @Test
    void aDeviceWithoutCountersIsADeviceOfWhichNothingIsKnown() {
        BlockRecord record = parse("block.count=2\nblock.0.name=vda\nblock.1.name=vdb\nblock.1.path=/images/b");

        assertEquals(List.of("vda", "vdb"), record.devices());
        assertEquals(List.of(), record.io());
        assertEquals(Map.of("/images/b", new BlockStats(-1, -1, -1)), record.images());
    }

    @Test
    void aDomainWithoutDevicesSaysSoAndADriverThatSaysNothingDoesNot() {
        assertEquals(new BlockRecord(Map.of(), List.of(), List.of()), parse("block.count=0"));
        Domstats silent = new Domstats("state.state=1\nstate.reason=1");
        assertEquals(Optional.empty(), BlockRecord.parse(silent.parameters(), silent::text));
    }

    @Test
    void whatIsUnknownOrStrangeIsPassedOver() {
        BlockRecord record = parse(
                """
                block.count=1
                block.x.rd.bytes=1
                block.=1
                block.0=1
                block.99999999999.rd.bytes=1
                block.0.name=vda
                block.0.rd.bytes=1
                block.0.rd.future=2
                block.0.threshold=3
                block.0.errs=4
                balloon.rss=7
                """);

        assertEquals(List.of(onlyRead("vda", 1)), record.io());
    }

    /** As Xen tells it; the last number counts its own errors. */
    @Test
    void aCounterThatIsNotKnownIsAbsentInTheCallForOneDeviceToo() {
        assertEquals(
                Optional.of(new DeviceIo(
                        "xvda",
                        new IoCounters(OptionalLong.of(512), OptionalLong.of(3), ABSENT),
                        new IoCounters(ABSENT, OptionalLong.of(4), ABSENT),
                        ABSENT,
                        ABSENT)),
                new DeviceIoStats(new long[] {3, 512, 4, -1, 9}).counters("xvda"));
        assertEquals(Optional.empty(), new DeviceIoStats(new long[] {-1, -1, -1, -1, 9}).counters("xvda"));
    }

    private static DeviceIo onlyRead(String device, long bytes) {
        return new DeviceIo(
                device,
                new IoCounters(OptionalLong.of(bytes), ABSENT, ABSENT),
                new IoCounters(ABSENT, ABSENT, ABSENT),
                ABSENT,
                ABSENT);
    }

    private static BlockRecord parse(String domstats) {
        Domstats record = new Domstats(domstats);
        return BlockRecord.parse(record.parameters(), record::text).orElseThrow();
    }
}
