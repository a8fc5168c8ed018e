package io.vmgauge.linux.process;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * When processes began, by the clock. It is computed once for each process and then remembered: computed again, it
 * would be another instant, since the kernel knows only how long after the boot it was, and the time of the boot moves
 * with the clock. It is up to a second too early. Thread-safe.
 */
public final class StartTimes {
    /** A tick of 10 ms: {@code sysconf(_SC_CLK_TCK)} is 100 wherever libvirt runs, see proc(5). */
    private static final long TICK_MILLIS = 10;

    private final Path proc;
    private final Map<QemuProcess, Instant> known;
    /** One for all processes of one listing: the file that has it is large and slow. */
    private volatile @Nullable Instant boot;

    /**
     * Reads nothing yet.
     *
     * @param before what is remembered of this boot
     */
    public StartTimes(Path proc, Map<QemuProcess, Instant> before) {
        this.proc = proc;
        this.known = new ConcurrentHashMap<>(before);
    }

    /** Absent if it is not remembered and the kernel does not tell. */
    public Optional<Instant> of(QemuProcess process) {
        Instant remembered = known.get(process);
        if (remembered != null) {
            return Optional.of(remembered);
        }
        return boot().map(time -> time.plusMillis(process.start() * TICK_MILLIS))
                .map(computed -> first(known.putIfAbsent(process, computed), computed));
    }

    private static Instant first(@Nullable Instant other, Instant computed) {
        return other == null ? computed : other;
    }

    private Optional<Instant> boot() {
        Instant read = boot;
        Optional<Instant> time = read == null ? new Boot(proc).time() : Optional.of(read);
        boot = time.orElse(null);
        return time;
    }

    /** Ends a listing: forgets all processes that are neither among these nor alive. */
    public void keepOnly(Collection<QemuProcess> listed) {
        boot = null;
        Set<QemuProcess> all = Set.copyOf(listed);
        known.keySet().removeIf(process -> !all.contains(process) && !process.isAlive(proc));
    }

    /** All that are remembered. */
    public Map<QemuProcess, Instant> all() {
        return Map.copyOf(known);
    }
}
