package io.vmgauge.linux.process;

import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.linux.file.KernelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The process of a domain's QEMU. Linux may use a process id again, but never with the same start time.
 *
 * @param pid its id
 * @param start when it was started, in clock ticks since the host's boot: field 22 of {@code /proc/PID/stat}, see
 *     proc(5)
 */
public record QemuProcess(long pid, long start) {
    /** Enough for the fields up to the start time, however long the command's name is. */
    private static final int STAT = 512;
    /** Linux has no process ids beyond 2 to the power of this. */
    private static final int PID_BITS = 22;

    /** Counted from the one after the command's name, which is in parentheses and may have any characters. */
    private static final int STATE = 0;

    private static final int START = 19;

    /** Absent if there is no such process, or if it is a zombie. */
    static Optional<QemuProcess> of(Path proc, long pid) {
        try {
            String stat = KernelFile.head(proc.resolve(pid + "/stat").toFile(), STAT);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
            boolean hasEnded = fields[STATE].equals("Z") || fields[STATE].equals("X");
            return hasEnded ? Optional.empty() : Optional.of(new QemuProcess(pid, Long.parseLong(fields[START])));
        } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }

    public boolean isAlive(Path proc) {
        return of(proc, pid).equals(Optional.of(this));
    }

    /** No other process has the same since the host was booted. A process that was started later has a larger one. */
    public Incarnation incarnation() {
        return new Incarnation(start << PID_BITS | pid);
    }
}
