package io.vmgauge.adapters.grpc.counter;

import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.cpu;

import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.overlay.OverlayScenario;
import io.vmgauge.domain.usage.Usage;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A relay whose counter state is written to a file, and the lives of the relay that read it. */
public abstract class CounterStateFixture {
    public static final long VMS = 5_000_000_000L;

    @TempDir
    Path dir = Path.of("");

    Path path = Path.of("");
    public CounterStateFile file = new CounterStateFile(Path.of("unset"));

    @BeforeEach
    void beside() {
        path = dir.resolve("vmgauge.sock.served");
        file = CounterStateFile.beside(dir.resolve("vmgauge.sock"));
    }

    protected static OptionalLong steal(CpuCounter served, double second, OptionalLong vms) {
        var now = new io.vmgauge.domain.usage.CpuUsage(OverlayScenario.at(second), VMS, OptionalLong.empty(), vms);
        VmReading reading = new VmReading(
                VmReading.State.RUNNING,
                "vm-1",
                "vm-1/7",
                new Usage(Optional.of(now), Optional.empty(), Optional.empty(), Optional.empty()));
        return served.next(reading, Optional.empty(), true).orElseThrow().stealNanos();
    }

    protected static long nanosOf(CpuUsage cpu) {
        return cpu.getUsageCoreNanoSeconds().getValue();
    }
}
