package io.vmgauge.adapters.grpc;

import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What this process holds of what can leak. */
record Footprint(long files, long threads, long heap, long buffers) {
    /** Room for rounding, and for what the JVM keeps for itself. */
    private static final long NO_LEAK = 8 << 20;
    /** Pools of buffers never shrink, but what they hold can be used again. */
    private static final long SOME_CHUNKS = 24 << 20;

    static Footprint now() {
        return new Footprint(openFiles(), runningThreads(), smallestHeap(), PlatformDependent.usedDirectMemory());
    }

    /** Waits until no more is held than at that time. Fails if that does not happen. */
    static void isBackTo(Footprint before) {
        RelayScenario.eventually("open files back to " + before.files, () -> openFiles() <= before.files);
        RelayScenario.eventually("threads back to " + before.threads, () -> runningThreads() <= before.threads);
        RelayScenario.eventually("heap back to " + before.heap, () -> smallestHeap() <= before.heap + NO_LEAK);
        RelayScenario.eventually(
                "buffers back to " + before.buffers,
                () -> PlatformDependent.usedDirectMemory() <= before.buffers + SOME_CHUNKS);
    }

    private static long openFiles() {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Without the threads of the callers and of the lab, which end after a minute without work. */
    private static long runningThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> !name.startsWith("grpc-default-executor") && !name.startsWith("process reaper"))
                .count();
    }

    private static long smallestHeap() {
        Runtime java = Runtime.getRuntime();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 40; i++) {
            java.gc();
            RelayScenario.pause();
            least = Math.min(least, java.totalMemory() - java.freeMemory());
        }
        return least;
    }
}
