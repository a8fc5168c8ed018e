package io.vmgauge.linux.process;

import io.vmgauge.domain.sample.Moment;
import io.vmgauge.linux.file.KernelFile;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * How long the vCPUs of a domain were ready to run and waited for a processor of this host, through one of its lives.
 * The kernel counts it for each thread: the second number of {@code /proc/PID/task/TID/schedstat}
 * (Documentation/scheduler/sched-stats.rst of Linux), which is libvirt's {@code vcpu.N.delay} too.
 *
 * <p>The time of a thread stays counted when its vCPU is unplugged. A new vCPU counts from its own start, and is found
 * within a minute. So the sum never falls.
 *
 * <p>Not thread-safe.
 */
public final class StealCounter {
    private static final Duration SEARCH_AGAIN = Duration.ofMinutes(1);
    private static final Duration SEARCH_AFTER_FAILURE = Duration.ofSeconds(10);
    /** Enough for three numbers. */
    private static final int NUMBERS = 64;

    private final VcpuThreads vcpus;
    private List<File> threads = List.of();
    /** How long each of them had waited when it was last read. */
    private long[] waited = {};

    private long total;
    private long usedBefore = -1;
    private boolean isFound;
    private @Nullable Moment searched;

    public StealCounter(VcpuThreads vcpus) {
        this.vcpus = vcpus;
    }

    /**
     * In nanoseconds; absent if not all of it is known.
     *
     * @param group the domain's, as long as it lives this life
     * @param used CPU time of that group. If it has not changed, no thread has run, and the files are not read: the
     *     kernel counts a wait when the thread begins to run. That saves most of the reading on a host of idle VMs
     */
    public OptionalLong nanos(Path group, long used, Moment now) {
        if (isFound && used == usedBefore) {
            return OptionalLong.of(total);
        }
        usedBefore = used;
        try {
            if (isSearchDue(now)) {
                searched = now;
                isFound = false;
                find(group);
                isFound = true;
            }
            return isFound ? OptionalLong.of(add()) : OptionalLong.empty();
        } catch (IOException | NumberFormatException e) {
            boolean hadFound = isFound;
            isFound = false;
            return hadFound && isSearchDue(now) ? nanos(group, used, now) : OptionalLong.empty();
        }
    }

    private boolean isSearchDue(Moment now) {
        Duration pause = isFound ? SEARCH_AGAIN : SEARCH_AFTER_FAILURE;
        return searched == null || now.nanosSince(searched) >= pause.toNanos();
    }

    private void find(Path group) throws IOException {
        List<File> found = vcpus.schedstats(group);
        waited = found.stream().mapToLong(this::waitedBefore).toArray();
        threads = List.copyOf(found);
    }

    private long waitedBefore(File thread) {
        int place = threads.indexOf(thread);
        return place < 0 ? 0 : waited[place];
    }

    private long add() throws IOException {
        long[] now = new long[waited.length];
        for (int i = 0; i < now.length; i++) {
            now[i] = delay(KernelFile.head(threads.get(i), NUMBERS));
        }
        for (int i = 0; i < now.length; i++) {
            total += now[i] >= waited[i] ? now[i] - waited[i] : now[i];
        }
        waited = now;
        return total;
    }

    /** Parsed by hand, since this is done for each vCPU in each round. */
    private static long delay(String schedstat) throws IOException {
        int first = schedstat.indexOf(' ');
        int second = schedstat.indexOf(' ', first + 1);
        require(first > 0 && second > first && schedstat.endsWith("\n"), "not as documented");
        // A kernel that does not count writes three zeros. A thread that exists has run.
        require(!schedstat.equals("0 0 0\n"), "not counted");
        Long.parseLong(schedstat, second + 1, schedstat.length() - 1, 10);
        long delay = Long.parseLong(schedstat, first + 1, second, 10);
        require(delay >= 0, "below zero");
        return delay;
    }

    private static void require(boolean isTrue, String otherwise) throws IOException {
        if (!isTrue) {
            throw new IOException(otherwise);
        }
    }
}
