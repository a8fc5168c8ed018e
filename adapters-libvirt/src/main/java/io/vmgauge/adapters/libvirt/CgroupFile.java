package io.vmgauge.adapters.libvirt;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file in which the kernel keeps the CPU time of a control group: {@code cpu.stat} of version 2, which begins with
 * {@code usage_usec}, or {@code cpuacct.usage} of version 1, in nanoseconds (Documentation/admin-guide/cgroup-v2.rst and
 * cgroup-v1/cpuacct.rst of Linux).
 */
record CgroupFile(Path path) {
    static final String VERSION_2 = "cpu.stat";
    static final String VERSION_1 = "cpuacct.usage";

    /** Enough for what is read of it. */
    private static final int HEAD = 48;

    private static final Pattern USAGE = Pattern.compile("(usage_usec )?([0-9]{1,18})\n(?s:.*)");

    /** Absent if it cannot be read, as when the group is gone. */
    OptionalLong nanos() {
        byte[] head = new byte[HEAD];
        try (FileInputStream file = new FileInputStream(path.toFile())) {
            int length = file.read(head);
            return length < 0 ? OptionalLong.empty() : parse(new String(head, 0, length, StandardCharsets.US_ASCII));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    static OptionalLong parse(String head) {
        Matcher usage = USAGE.matcher(head);
        if (!usage.matches()) {
            return OptionalLong.empty();
        }
        long value = Long.parseLong(usage.group(2));
        boolean micros = usage.group(1) != null;
        return micros && value > Long.MAX_VALUE / 1000
                ? OptionalLong.empty()
                : OptionalLong.of(micros ? value * 1000 : value);
    }
}
