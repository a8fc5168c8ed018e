package io.vmgauge.linux.process;

import io.vmgauge.linux.file.KernelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What {@code /proc/PID/stat} tells of a process (proc_pid_stat(5) of Linux). Every user may read it.
 *
 * @param state one letter
 * @param start when it was started, in clock ticks since the host's boot
 * @param residentPages its resident set, huge pages not counted, in pages
 */
record ProcessStat(char state, long start, long residentPages) {
    /** Enough for the fields up to the resident set, however long the command's name is. */
    private static final int HEAD = 512;
    // Fields are counted from the one after the command's name, which is in parentheses and may have any characters.
    private static final int START = 19;
    private static final int RESIDENT = 21;

    /** Absent if there is no such process. */
    static Optional<ProcessStat> of(Path proc, long pid) {
        try {
            return parse(KernelFile.head(proc.resolve(pid + "/stat").toFile(), HEAD));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Parsed by hand, since this is done for each VM in each round. Absent if it is not as documented. */
    static Optional<ProcessStat> parse(String stat) {
        int state = stat.lastIndexOf(')') + 2;
        int start = field(stat, state, START);
        int resident = field(stat, start, RESIDENT - START);
        int end = resident < 0 ? -1 : stat.indexOf(' ', resident);
        if (state < 2 || end < 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ProcessStat(
                    stat.charAt(state),
                    Long.parseLong(stat, start, stat.indexOf(' ', start), 10),
                    Long.parseLong(stat, resident, end, 10)));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    boolean hasEnded() {
        return state == 'Z' || state == 'X';
    }

    /** Where the field begins that is so many after the one at a place; negative if there are not so many. */
    private static int field(String stat, int place, int later) {
        int next = place;
        for (int i = 0; i < later && next >= 0; i++) {
            int space = stat.indexOf(' ', next);
            next = space < 0 ? -1 : space + 1;
        }
        return next;
    }
}
