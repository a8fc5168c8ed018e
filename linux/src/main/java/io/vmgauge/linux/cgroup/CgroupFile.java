package io.vmgauge.linux.cgroup;

import io.vmgauge.linux.file.KernelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * The file in which the kernel keeps the CPU time of a control group: {@code cpu.stat} of version 2, which begins with
 * {@code usage_usec}, or {@code cpuacct.usage} of version 1, in nanoseconds (Documentation/admin-guide/cgroup-v2.rst
 * and cgroup-v1/cpuacct.rst of Linux).
 */
public record CgroupFile(Path path) {
    static final String VERSION_2 = "cpu.stat";
    static final String VERSION_1 = "cpuacct.usage";

    /** In bytes: enough for what is read of it. */
    private static final int HEAD = 48;

    private static final String MICROSECONDS = "usage_usec ";
    private static final int MOST_DIGITS = 18;

    /** The group's own directory. */
    public Path group() {
        return Objects.requireNonNull(path.getParent());
    }

    /** The group's name, whichever hierarchy it is in. */
    public String name() {
        return String.valueOf(group().getFileName());
    }

    /** Absent if it cannot be read, as when the group is gone. */
    public OptionalLong nanos() {
        try {
            return parse(KernelFile.head(path.toFile(), HEAD));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /** Parsed by hand, since this is done for each VM in each round. */
    static OptionalLong parse(String head) {
        boolean micros = head.startsWith(MICROSECONDS);
        int start = micros ? MICROSECONDS.length() : 0;
        int end = head.indexOf('\n', start);
        if (end <= start || end - start > MOST_DIGITS) {
            return OptionalLong.empty();
        }
        long value = 0;
        for (int i = start; i < end; i++) {
            int digit = head.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return OptionalLong.empty();
            }
            value = value * 10 + digit;
        }
        if (!micros) {
            return OptionalLong.of(value);
        }
        return value > Long.MAX_VALUE / 1000 ? OptionalLong.empty() : OptionalLong.of(value * 1000);
    }
}
