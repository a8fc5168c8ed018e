package io.vmgauge.ports.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.BlockIoSample;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.DeviceIo;
import io.vmgauge.domain.sample.DiskSample;
import io.vmgauge.domain.sample.GuestMemorySample;
import io.vmgauge.domain.sample.IoCounters;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.ports.outbound.HypervisorException;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Unresponsive;
import io.vmgauge.ports.testkit.FakeHypervisor.Call;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FakeHypervisorTest {
    private final ManualTime time = new ManualTime();
    private final FakeHypervisor fake = new FakeHypervisor(time);

    @Test
    void aVmReportsWhatItWasSetTo() {
        VmId vm = fake.add("one");
        fake.cpu(vm, 5);
        fake.memory(vm, 6);
        fake.disk(vm, 7);
        fake.network(vm, List.of());
        DeviceIo disk = new DeviceIo(
                "vdb", new IoCounters(8, 9, 10), new IoCounters(11, 12, 13), OptionalLong.of(14), OptionalLong.of(15));
        fake.blockIo(vm, List.of(disk));

        var samples = Samples.of(fake.meter().measure(vm, Set.of(Metric.values())));

        assertEquals(new CpuSample(time.now(), 5), samples.get(Metric.CPU));
        assertEquals(
                6,
                assertInstanceOf(MemorySample.class, samples.get(Metric.MEMORY)).residentBytes());
        assertEquals(
                new GuestMemorySample(time.now(), OptionalLong.empty(), Optional.empty()),
                samples.get(Metric.GUEST_MEMORY));
        assertEquals(new DiskSample(time.now(), 7), samples.get(Metric.DISK));
        assertEquals(new BlockIoSample(time.now(), List.of(disk)), samples.get(Metric.BLOCK_IO));
    }

    @Test
    void aRestartSetsTheCountersBack() {
        VmId vm = fake.add("one");
        fake.cpu(vm, 5);
        var before = fake.catalog().list().get(0).incarnation();

        fake.restart(vm);

        assertNotEquals(before, fake.catalog().list().get(0).incarnation());
        assertEquals(
                new CpuSample(time.now(), 0),
                Samples.of(fake.meter().measure(vm, Set.of(Metric.CPU))).get(Metric.CPU));
    }

    @Test
    void heldCallsAreCountedAndLetGo() throws Exception {
        VmId vm = fake.add("one");
        fake.hold(Call.MEASURE_ALL);
        FutureTask<List<Measurement>> round =
                new FutureTask<>(() -> fake.meter().measureAll(Set.of(Metric.CPU)));
        Thread thread = new Thread(round);
        thread.start();

        fake.awaitWaiting(Call.MEASURE_ALL, 1);
        assertEquals(1, fake.calls(Call.MEASURE_ALL));
        assertEquals(vm, fake.catalog().list().get(0).id(), "other calls go on");
        fake.letGo();

        assertEquals(1, round.get(5, TimeUnit.SECONDS).size());
        assertEquals(0, fake.waiting(Call.MEASURE_ALL));
    }

    @Test
    void aVmCanRefuseToAnswer() {
        VmId vm = fake.add("one");
        fake.refuse(vm, "busy");
        assertEquals(new Unresponsive(vm, "busy"), fake.meter().measure(vm, Set.of(Metric.MEMORY)));

        fake.recover(vm);
        assertEquals(
                Set.of(Metric.MEMORY),
                Samples.of(fake.meter().measure(vm, Set.of(Metric.MEMORY))).keySet());
    }

    @Test
    void anOutageComesWithItsMessage() {
        fake.breakDown("gone fishing");

        assertEquals(
                "gone fishing",
                assertThrows(HypervisorException.class, fake.catalog()::list).getMessage());
        assertThrows(HypervisorException.class, fake::check);
    }

    @Test
    void closingLetsAllCallsGo() throws Exception {
        VmId vm = fake.add("one");
        fake.stick(vm);
        FutureTask<Measurement> call = new FutureTask<>(() -> fake.meter().measure(vm, Set.of(Metric.MEMORY)));
        new Thread(call).start();
        fake.awaitWaiting(Call.MEASURE, 1);

        fake.close();

        assertEquals(vm, call.get(5, TimeUnit.SECONDS).vm());
        assertTrue(fake.isClosed());
    }
}
