package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.connection.Connection;
import io.vmgauge.adapters.libvirt.domain.DomainHandle;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.linux.cgroup.CgroupListing;
import io.vmgauge.linux.file.KernelFile;
import io.vmgauge.linux.process.QemuProcess;
import io.vmgauge.linux.process.VcpuThreads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a domain's process holds in huge pages, which its resident set does not count: the line {@code HugetlbPages} of
 * {@code /proc/PID/status} (proc_pid_status(5) of Linux). The process is found by the cgroup that tells the domain's
 * CPU time.
 */
public final class HugePages {
    /** In bytes: three times the length of such a file. */
    private static final int STATUS = 4096;

    private static final String LINE = "\nHugetlbPages:";
    private static final String UNIT = " kB";
    private static final int MOST_DIGITS = 15;

    private final CpuTimeCounters cpuTimes;
    private final Path proc;

    /**
     * Reads the processes below {@code proc}.
     *
     * @param proc where the kernel tells of its processes
     */
    public HugePages(CpuTimeCounters cpuTimes, Path proc) {
        this.cpuTimes = cpuTimes;
        this.proc = proc;
    }

    /** In bytes; absent if the process cannot be found or seen here. */
    public OptionalLong bytes(Connection connection, DomainHandle domain, VmId vm, Incarnation life, Moment now)
            throws VirtException {
        Optional<Path> group = cpuTimes.group(vm, life);
        if (group.isEmpty()) {
            cpuTimes.ask(connection, domain, vm, life, now, CgroupListing.ofThisHost());
            group = cpuTimes.group(vm, life);
        }
        return group.isPresent() ? bytes(group.get()) : OptionalLong.empty();
    }

    /** Likewise, of a process that is known. */
    OptionalLong bytes(QemuProcess process) {
        try {
            return parse(KernelFile.head(proc.resolve(process.pid() + "/status").toFile(), STATUS));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /** Reads the status of one of its threads, which tells of the whole process. */
    public OptionalLong bytes(Path group) {
        try {
            long thread = new VcpuThreads(proc).first(group);
            return parse(KernelFile.head(proc.resolve(thread + "/status").toFile(), STATUS));
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    static OptionalLong parse(String status) {
        int line = status.indexOf(LINE);
        int end = status.indexOf('\n', line + 1);
        if (line < 0 || end < 0) {
            return OptionalLong.empty();
        }
        String value = status.substring(line + LINE.length(), end).strip();
        String number = value.endsWith(UNIT) ? value.substring(0, value.length() - UNIT.length()) : "";
        return number.matches("[0-9]{1," + MOST_DIGITS + "}")
                ? OptionalLong.of(Long.parseLong(number) * 1024)
                : OptionalLong.empty();
    }
}
