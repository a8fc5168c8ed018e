package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.linux.cgroup.CgroupFile;
import io.vmgauge.linux.process.StealCounter;
import io.vmgauge.linux.process.VcpuThreads;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The CPU time of a domain through one of its lives. It comes from the cgroup, or from the process table where there is
 * none. The two differ, so they are never mixed. If the cgroup fails for good, as it may when libvirtd is restarted,
 * the process table goes on from where the cgroup ended: some CPU time is lost, none is made up.
 *
 * <p>libvirtd reads the cgroup's counter from a file. If that file can be found, it is read here without libvirtd,
 * which costs a fraction (RoundBenchmark). Names do not say for sure which file it is, but the counter does: libvirtd's
 * answer lies between what the file says before and after, and no two domains share such a counter. A file that has
 * told the same once is believed for the rest of this life. If two files do, none is believed, unless both are of one
 * group: where both versions of control groups are mounted, a group has a file in each. The file also tells the cgroup,
 * and so how long its vCPUs waited ({@link StealCounter}).
 */
public final class CpuTimeCounter {
    private boolean fromCgroup;
    private boolean told;
    private long last;
    private long offset;
    private boolean hasSearched;
    private @Nullable CgroupFile file;
    private final StealCounter steal = new StealCounter(new VcpuThreads(Path.of("/proc")));

    CpuTimeCounter(boolean fromCgroup) {
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

    /** Reads the file; absent if no file is believed, so that libvirtd has to be asked. */
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
        return file == null ? OptionalLong.empty() : steal.nanos(file.group(), last, now);
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
