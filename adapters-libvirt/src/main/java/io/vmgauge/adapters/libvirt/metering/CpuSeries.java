package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.kernel.CgroupFile;
import io.vmgauge.adapters.libvirt.kernel.RunDelay;
import io.vmgauge.adapters.libvirt.kernel.VcpuThreads;
import io.vmgauge.domain.sample.Moment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The CPU time of a domain through one of its lives, from the better of two sources: its cgroup, or where there is none
 * the process table. The two differ, so a series never mixes them. If the first fails for good, as it may when libvirtd is
 * restarted, the second goes on from where the first ended: some CPU time is lost, none is made up.
 *
 * <p>libvirtd reads the cgroup's counter out of a file. Where that file can be found, it is read without libvirtd: that
 * costs us a fraction (RoundBenchmark), and libvirtd nothing. Which file it is, no name says for sure, but the counter does:
 * what libvirtd tells lies between what the file says before and after, in nanoseconds or microseconds of a counter that two
 * domains do not share. One file that has told the same once is believed for the rest of this life; if there are two such
 * files, none is, unless they are one group's: where both versions of control groups are mounted, each has a file for it. With it the cgroup is known, and so what its vCPUs waited ({@link RunDelay}).
 */
public final class CpuSeries {
    private boolean fromCgroup;
    private boolean told;
    private long last;
    private long offset;
    private boolean hasSearched;
    private @Nullable CgroupFile file;
    private final RunDelay delay = new RunDelay(new VcpuThreads(Path.of("/proc")));

    CpuSeries(boolean fromCgroup) {
        this.fromCgroup = fromCgroup;
    }

    /** A counter in nanoseconds. */
    interface Cgroup {
        long nanos() throws VirtException;
    }

    /** A counter in nanoseconds; absent if the domain does not run. */
    interface ProcessTable {
        OptionalLong nanos() throws VirtException;
    }

    /** Without a word to libvirtd; absent if that does not work, and it has to be asked. */
    synchronized OptionalLong look() {
        OptionalLong nanos = file == null ? OptionalLong.empty() : file.nanos();
        if (nanos.isEmpty()) {
            file = null;
            return nanos;
        }
        return OptionalLong.of(tell(nanos.getAsLong()));
    }

    /** The domain's cgroup; absent where no file is believed. */
    synchronized Optional<Path> group() {
        return Optional.ofNullable(file).map(CgroupFile::group);
    }

    /** How long its vCPUs waited for a processor, in nanoseconds; absent where no file is believed. */
    synchronized OptionalLong steal(Moment now) {
        return file == null ? OptionalLong.empty() : delay.nanos(file.group(), last, now);
    }

    /** @param files those in which the cgroup's counter may be found */
    synchronized OptionalLong ask(Cgroup cgroup, ProcessTable processes, Supplier<List<CgroupFile>> files)
            throws VirtException {
        if (fromCgroup) {
            try {
                return OptionalLong.of(tell(hasSearched ? cgroup.nanos() : search(cgroup, files.get())));
            } catch (VirtException e) {
                if (e.isConnectionLost()) {
                    throw e;
                }
            }
        }
        OptionalLong nanos = processes.nanos();
        if (nanos.isEmpty()) {
            return nanos;
        }
        if (fromCgroup) {
            fromCgroup = false;
            offset = told ? last - nanos.getAsLong() : 0;
        }
        return OptionalLong.of(tell(nanos.getAsLong()));
    }

    private long search(Cgroup cgroup, List<CgroupFile> files) throws VirtException {
        Map<CgroupFile, OptionalLong> before = new HashMap<>();
        files.forEach(each -> before.put(each, each.nanos()));
        long nanos = cgroup.nanos();
        List<CgroupFile> same = files.stream()
                .filter(each -> before.getOrDefault(each, OptionalLong.empty()).orElse(Long.MAX_VALUE) <= nanos
                        && each.nanos().orElse(0) >= nanos)
                .toList();
        boolean isOneGroup = same.stream().map(CgroupFile::name).distinct().count() == 1;
        file = isOneGroup && nanos > 0 ? same.get(0) : null;
        hasSearched = true;
        return nanos;
    }

    private long tell(long nanos) {
        told = true;
        last = nanos + offset;
        return last;
    }
}
