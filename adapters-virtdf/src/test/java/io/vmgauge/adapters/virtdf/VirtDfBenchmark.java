package io.vmgauge.adapters.virtdf;

import io.vmgauge.adapters.virtdf.VirtDfSettings.Accelerator;
import io.vmgauge.adapters.virtdf.run.ProcessTable;
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
 * How long a reading takes and how much memory it needs as shipped, beside plain virt-df on the same image with the
 * same accelerator, in turns. Plain virt-df runs once as anybody would call it and once at the priority of a reading:
 * on a busy machine the first shows how busy it is. It prints and asserts nothing. {@code -Drounds} (default 5) is how
 * often each side runs.
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
        say("load before: " + load());
        try (Filesystems virtDf = playground.open(Lab.program("virt-df"), "time-limit = 1h")) {
            ours(virtDf, disk); // Makes the appliance, should there be none.
            Side plain = new Side("plain virt-df", () -> plain(disk, List.of()));
            Side gentle = new Side("at our priority", () -> plain(disk, priority()));
            Side ours = new Side("ours", () -> ours(virtDf, disk));
            for (int i = 0; i < ROUNDS; i++) {
                plain.run();
                gentle.run();
                ours.run();
            }
            say("one ext4 image, TCG, %d readings each, in turns; medians".formatted(ROUNDS));
            List.of(plain, gentle, ours).forEach(Side::print);
            say("ours / plain          %6.3f   target 1.05".formatted(ours.median() / plain.median()));
            say("ours / same priority  %6.3f   target 1.05".formatted(ours.median() / gentle.median()));
            say("load after: " + load());
        } finally {
            watching = false;
            playground.close();
        }
    }

    /** One of those compared. */
    private final class Side {
        private final String name;
        private final Runnable reading;
        private final List<Long> times = new ArrayList<>();
        private long peak;

        Side(String name, Runnable reading) {
            this.name = name;
            this.reading = reading;
        }

        void run() {
            peakKib.set(0);
            long begun = System.nanoTime();
            reading.run();
            times.add(System.nanoTime() - begun);
            peak = Math.max(peak, peakKib.get());
        }

        double median() {
            List<Long> sorted = new ArrayList<>(times);
            Collections.sort(sorted);
            return sorted.get(sorted.size() / 2);
        }

        void print() {
            say("%-16s %6.2f s   peak %d MiB".formatted(name, median() / 1e9, peak / 1024));
        }
    }

    /** The programs before virt-df in our command. */
    private static List<String> priority() {
        return List.of("nice", "-n", "19", "ionice", "-t", "-c", "3");
    }

    private static String load() {
        try {
            return Files.readString(Path.of("/proc/loadavg")).strip();
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static void ours(Filesystems virtDf, DiskImage disk) {
        Object answer = virtDf.meter().measure(new VmId("vm"), new Incarnation(1), List.of(disk));
        if (!(answer instanceof Measured)) {
            throw new AssertionError(answer);
        }
    }

    /** The same command, but nobody looks after it. */
    private void plain(DiskImage disk, List<String> wrapper) {
        try {
            Path run = Files.createDirectories(playground.runs().resolve("plain"));
            VirtDfSettings settings = VirtDfSettings.of(ConfigSettings.with(List.of()));
            Map<String, String> environment =
                    new HashMap<>(new Commands(settings, System.getenv()).environment(run, Accelerator.TCG));
            environment.put(ProcessTable.MARK, run.toString());
            List<String> command = new ArrayList<>(wrapper);
            command.addAll(List.of(Lab.program("virt-df").toString(), "--csv", "--format=raw", "-a", disk.path()));
            ProcessBuilder builder = new ProcessBuilder(command)
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

    /** The most that all processes of a run have held, each measured for itself. */
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

    private static void say(String line) {
        System.out.println(line);
    }
}
