package io.vmgauge.linux.file;

import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is mounted, as this process sees it. A node with many pods has thousands of mounts, so the table is kept for ten
 * seconds.
 */
public final class HostMounts {
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
    private static final Duration KEPT = Duration.ofSeconds(10);

    private final TimeSource time;
    private @Nullable MountTable table;
    private Moment read;

    public HostMounts(TimeSource time) {
        this.time = time;
        this.read = time.now();
    }

    /** Empty where the kernel does not tell. */
    public synchronized MountTable table() {
        Moment now = time.now();
        MountTable known = table;
        if (known == null || now.nanosSince(read) >= KEPT.toNanos()) {
            known = new MountTable(text());
            table = known;
            read = now;
        }
        return known;
    }

    private static String text() {
        try {
            // Names of mounts may have any character set.
            return new String(Files.readAllBytes(MOUNTS), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
