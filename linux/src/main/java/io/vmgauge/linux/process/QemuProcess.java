package io.vmgauge.linux.process;

import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.linux.file.PageSize;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The process of a domain's QEMU. Linux may use a process id again, but never with the same start time.
 *
 * @param pid its id
 * @param start when it was started, in clock ticks since the host's boot: field 22 of {@code /proc/PID/stat}, see
 *     proc(5)
 */
public record QemuProcess(long pid, long start) {
    /** Linux has no process ids beyond 2 to the power of this. */
    private static final int PID_BITS = 22;

    private static final long PAGE = PageSize.bytes();

    /** Absent if there is no such process, or if it is a zombie. */
    static Optional<QemuProcess> of(Path proc, long pid) {
        return ProcessStat.of(proc, pid)
                .filter(stat -> !stat.hasEnded())
                .map(stat -> new QemuProcess(pid, stat.start()));
    }

    public boolean isAlive(Path proc) {
        return residentBytes(proc).isPresent();
    }

    /**
     * The host memory that it holds, huge pages not counted. libvirt calls that {@code rss} and reads it from the same
     * file. Absent if the process has ended.
     */
    public OptionalLong residentBytes(Path proc) {
        Optional<ProcessStat> stat = ProcessStat.of(proc, pid);
        return stat.isEmpty() || stat.get().hasEnded() || stat.get().start() != start
                ? OptionalLong.empty()
                : OptionalLong.of(stat.get().residentPages() * PAGE);
    }

    /** No other process has the same since the host was booted. A process that was started later has a larger one. */
    public Incarnation incarnation() {
        return new Incarnation(start << PID_BITS | pid);
    }
}
