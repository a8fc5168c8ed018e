package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.sample.Moment;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * How long the vCPUs of a domain were ready to run and waited for a processor of this host, through one of its lives. The
 * kernel counts it for each thread: the second number of {@code /proc/PID/task/TID/schedstat}
 * (Documentation/scheduler/sched-stats.rst of Linux), which is libvirt's {@code vcpu.N.delay} too. The threads are those
 * in the groups {@code vcpuN} that libvirt makes below the domain's own, with systemd below {@code libvirt} in it.
 *
 * <p>What a thread has waited stays counted when its vCPU is unplugged; what comes in its place counts from its own
 * beginning. So this never falls. A new vCPU is found within a minute.
 *
 * <p>Not for threads that share one.
 */
final class RunDelay {
    /** More are not read: each costs a file in each round. */
    static final int MOST_VCPUS = 128;

    private static final Duration SEARCH_AGAIN = Duration.ofMinutes(1);
    private static final Duration SEARCH_AFTER_FAILURE = Duration.ofSeconds(10);
    /** Each is enough for what is read of it. */
    private static final int NUMBERS = 64;

    private static final int STATUS = 512;
    private static final String PROCESS = "\nTgid:\t";

    private final Path proc;
    private Map<Path, Long> threads = Map.of();
    private long total;
    private boolean isFound;
    private @Nullable Moment searched;

    /** @param proc where the kernel tells of its threads */
    RunDelay(Path proc) {
        this.proc = proc;
    }

    /**
     * In nanoseconds; absent if not all of it is known.
     *
     * @param group the domain's, as long as it lives this life
     */
    OptionalLong nanos(Path group, Moment now) {
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
            return hadFound && isSearchDue(now) ? nanos(group, now) : OptionalLong.empty();
        }
    }

    private boolean isSearchDue(Moment now) {
        Duration pause = isFound ? SEARCH_AGAIN : SEARCH_AFTER_FAILURE;
        return searched == null || now.nanosSince(searched) >= pause.toNanos();
    }

    private void find(Path group) throws IOException {
        Path withSystemd = group.resolve("libvirt");
        Map<Path, Long> found = new HashMap<>();
        try (DirectoryStream<Path> vcpus =
                Files.newDirectoryStream(Files.isDirectory(withSystemd) ? withSystemd : group, "vcpu[0-9]*")) {
            for (Path vcpu : vcpus) {
                Path thread = schedstat(tid(vcpu));
                found.put(thread, threads.getOrDefault(thread, 0L));
                require(found.size() <= MOST_VCPUS, group + " has too many");
            }
        }
        require(!found.isEmpty(), group + " has none");
        threads = found;
    }

    private static long tid(Path vcpu) throws IOException {
        String only = threadsIn(vcpu);
        require(only.endsWith("\n"), vcpu + " is not one thread");
        // What this process cannot see, as from a container, is told as 0, of which /proc knows nothing.
        return Long.parseLong(only, 0, only.length() - 1, 10);
    }

    private static String threadsIn(Path vcpu) throws IOException {
        try {
            return KernelFile.head(vcpu.resolve("cgroup.threads"), NUMBERS);
        } catch (FileNotFoundException version1) {
            return KernelFile.head(vcpu.resolve("tasks"), NUMBERS);
        }
    }

    /** By way of the process: an id that another process's thread has been given is then not taken for this one. */
    private Path schedstat(long tid) throws IOException {
        String status = KernelFile.head(proc.resolve(tid + "/status"), STATUS);
        int start = status.indexOf(PROCESS) + PROCESS.length();
        int end = status.indexOf('\n', start);
        require(start >= PROCESS.length() && end > start, tid + " is of no process");
        long pid = Long.parseLong(status, start, end, 10);
        return proc.resolve(pid + "/task/" + tid + "/schedstat");
    }

    private long add() throws IOException {
        Map<Path, Long> now = new HashMap<>();
        for (Path thread : threads.keySet()) {
            now.put(thread, delay(KernelFile.head(thread, NUMBERS)));
        }
        now.forEach((thread, delay) -> {
            long before = threads.getOrDefault(thread, 0L);
            total += delay >= before ? delay - before : delay;
        });
        threads = now;
        return total;
    }

    private static long delay(String schedstat) throws IOException {
        String[] numbers = schedstat.split("[ \n]", -1);
        require(numbers.length == 4 && numbers[3].isEmpty(), "not as documented");
        // A kernel that does not count says 0 of all; a thread that exists has run.
        require(!schedstat.equals("0 0 0\n"), "not counted");
        long delay = Long.parseLong(numbers[1]);
        require(delay >= 0, "below zero");
        return delay;
    }

    private static void require(boolean isTrue, String otherwise) throws IOException {
        if (!isTrue) {
            throw new IOException(otherwise);
        }
    }
}
