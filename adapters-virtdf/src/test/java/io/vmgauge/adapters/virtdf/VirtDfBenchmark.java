package io.vmgauge.adapters.virtdf;

import io.vmgauge.adapters.virtdf.VirtDfSettings.Accelerator;
import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.spi.Filesystems;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * How long a reading takes and how much memory it needs, beside plain virt-df on the same image with the same
 * accelerator and priority: that of the defaults would measure how busy the machine is. Prints and judges nothing. Its README says how to run it; {@code -Drounds} (default 5) is how often each
 * side runs, in turns.
 */
@Tag("benchmark")
class VirtDfBenchmark {
    private static final int ROUNDS = Integer.getInteger("rounds", 5);
    private static final Pattern PEAK = Pattern.compile("(?m)^VmHWM:\\s+([0-9]+) kB$");

    private final Playground playground = new Playground();
    private final AtomicLong peakKib = new AtomicLong();
    private volatile boolean watching = true;

    @Test
    void besidePlainVirtDf() throws Exception {
        Path image = playground.directory.resolve("image");
        Lab.disk("plain", image, 96, 9);
        DiskImage disk = new DiskImage(image.toString(), "raw");
        Thread watch = new Thread(this::watch);
        watch.setDaemon(true);
        watch.start();
        try (Filesystems virtDf = playground.open(Lab.program("virt-df"), "nice = 0", "io-class = normal")) {
            ours(virtDf, disk); // Makes the appliance, should there be none.
            List<Long> ours = new ArrayList<>();
            List<Long> plain = new ArrayList<>();
            long ourPeak = 0;
            long plainPeak = 0;
            for (int i = 0; i < ROUNDS; i++) {
                peakKib.set(0);
                plain.add(timed(() -> plain(disk)));
                plainPeak = Math.max(plainPeak, peakKib.getAndSet(0));
                ours.add(timed(() -> ours(virtDf, disk)));
                ourPeak = Math.max(ourPeak, peakKib.get());
            }
            say("one ext4 image, TCG, %d readings each, in turns; medians".formatted(ROUNDS));
            say("plain virt-df  %6.2f s   peak %d MiB".formatted(median(plain) / 1e9, plainPeak / 1024));
            say("ours           %6.2f s   peak %d MiB".formatted(median(ours) / 1e9, ourPeak / 1024));
            say("ratio          %6.3f".formatted((double) median(ours) / median(plain)));
        } finally {
            watching = false;
            playground.close();
        }
    }

    private static void ours(Filesystems virtDf, DiskImage disk) {
        Object answer = virtDf.meter().measure(new VmId("vm"), new Incarnation(1), List.of(disk));
        if (!(answer instanceof Measured)) {
            throw new AssertionError(answer);
        }
    }

    /** As ours, but with nobody to look after it. */
    private void plain(DiskImage disk) {
        try {
            Path run = Files.createDirectories(playground.runs().resolve("plain"));
            VirtDfSettings settings = VirtDfSettings.of(ConfigSettings.with(List.of()));
            Map<String, String> environment = new HashMap<>(new Commands(settings).environment(run, Accelerator.TCG));
            environment.put(ProcessTable.MARK, run.toString());
            ProcessBuilder builder = new ProcessBuilder(
                            Lab.program("virt-df").toString(), "--csv", "--format=raw", "-a", disk.path())
                    .redirectOutput(new File("/dev/null"))
                    .redirectError(ProcessBuilder.Redirect.INHERIT);
            builder.environment().putAll(environment);
            if (builder.start().waitFor() != 0) {
                throw new AssertionError("virt-df failed");
            }
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** What all processes of a run have held at most, each for itself. */
    private void watch() {
        while (watching) {
            long sum = 0;
            for (ProcessHandle process : playground.processes()) {
                sum += peak(process);
            }
            long now = sum;
            peakKib.updateAndGet(before -> Math.max(before, now));
            ProcessTable.pause(200);
        }
    }

    private static long peak(ProcessHandle process) {
        try {
            Matcher line = PEAK.matcher(Files.readString(Path.of("/proc/" + process.pid() + "/status")));
            return line.find() ? Long.parseLong(line.group(1)) : 0;
        } catch (IOException gone) {
            return 0;
        }
    }

    private static long timed(Runnable work) {
        long begun = System.nanoTime();
        work.run();
        return System.nanoTime() - begun;
    }

    private static long median(List<Long> times) {
        List<Long> sorted = new ArrayList<>(times);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
