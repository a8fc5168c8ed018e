package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.sample.Moment;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    private List<File> threads = List.of();
    /** What each of them had waited when it was last read. */
    private long[] waited = {};

    private long total;
    private long usedBefore = -1;
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
     * @param used CPU time of that group: where none was used, no thread has run, and what each waited is counted as it
     *     begins to run. That saves most of the reading on a host of idle VMs
     */
    OptionalLong nanos(Path group, long used, Moment now) {
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
        Path withSystemd = group.resolve("libvirt");
        List<File> found = new ArrayList<>();
        try (DirectoryStream<Path> groups =
                Files.newDirectoryStream(Files.isDirectory(withSystemd) ? withSystemd : group)) {
            for (Path each : groups) {
                if (String.valueOf(each.getFileName()).startsWith("vcpu")) {
                    found.add(schedstat(thread(each)));
                    require(found.size() <= MOST_VCPUS, "too many");
                }
            }
        }
        require(!found.isEmpty(), "none");
        waited = found.stream().mapToLong(this::waitedBefore).toArray();
        threads = List.copyOf(found);
    }

    private long waitedBefore(File thread) {
        int place = threads.indexOf(thread);
        return place < 0 ? 0 : waited[place];
    }

    private static long thread(Path vcpu) throws IOException {
        String only = threadsIn(vcpu);
        require(only.endsWith("\n"), "not one thread");
        // What this process cannot see, as from a container, is told as 0, of which /proc knows nothing.
        return Long.parseLong(only, 0, only.length() - 1, 10);
    }

    private static String threadsIn(Path vcpu) throws IOException {
        try {
            return KernelFile.head(vcpu.resolve("cgroup.threads").toFile(), NUMBERS);
        } catch (FileNotFoundException version1) {
            return KernelFile.head(vcpu.resolve("tasks").toFile(), NUMBERS);
        }
    }

    /** By way of the process: an id that another process's thread has been given is then not taken for this one. */
    private File schedstat(long tid) throws IOException {
        String status = KernelFile.head(proc.resolve(tid + "/status").toFile(), STATUS);
        int start = status.indexOf(PROCESS) + PROCESS.length();
        int end = status.indexOf('\n', start);
        require(start >= PROCESS.length() && end > start, "of no process");
        long pid = Long.parseLong(status, start, end, 10);
        return proc.resolve(pid + "/task/" + tid + "/schedstat").toFile();
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

    /** By hand, since this is done for each vCPU in each round. */
    private static long delay(String schedstat) throws IOException {
        int first = schedstat.indexOf(' ');
        int second = schedstat.indexOf(' ', first + 1);
        require(first > 0 && second > first && schedstat.endsWith("\n"), "not as documented");
        // A kernel that does not count says 0 of all; a thread that exists has run.
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
