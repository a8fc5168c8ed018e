package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.domain.text.SafeText;
import io.vmgauge.linux.process.QemuProcess;
import io.vmgauge.linux.process.StartTimes;
import io.vmgauge.linux.process.StartTimesFile;
import io.vmgauge.ports.log.OnceLog;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When lives began, from one life of the agent to the next: a restart of the agent does not look like a restart of the
 * VMs. The file is written when a life begins or ends. Thread-safe.
 */
public final class LifeStarts {
    private static final Logger LOG = LoggerFactory.getLogger(LifeStarts.class);

    private final StartTimes times;
    private final Optional<StartTimesFile> file;
    private final OnceLog<String> failures = new OnceLog<>();
    private Map<QemuProcess, Instant> written;

    private LifeStarts(StartTimes times, Optional<StartTimesFile> file, Map<QemuProcess, Instant> written) {
        this.times = times;
        this.file = file;
        this.written = written;
    }

    /**
     * Goes on from what the file says.
     *
     * @param file absent if nothing is kept
     * @param proc where the kernel tells of processes
     */
    public static LifeStarts keptIn(Optional<Path> file, Path proc) {
        Optional<StartTimesFile> kept = file.map(path -> new StartTimesFile(proc, path));
        Map<QemuProcess, Instant> before = kept.map(LifeStarts::read).orElse(Map.of());
        return new LifeStarts(new StartTimes(proc, before), kept, before);
    }

    private static Map<QemuProcess, Instant> read(StartTimesFile file) {
        try {
            return file.read();
        } catch (IOException | RuntimeException e) {
            LOG.warn(
                    "{} is not used, so VMs may seem to have started a little earlier or later than before: {}",
                    file,
                    SafeText.line(String.valueOf(e)));
            return Map.of();
        }
    }

    /** When the process began; absent if nobody tells. The same at every call. */
    Optional<Instant> of(QemuProcess process) {
        return times.of(process);
    }

    /** Forgets the processes that have ended, and writes what has changed. */
    synchronized void keepOnly(Set<QemuProcess> listed) {
        times.keepOnly(listed);
        Map<QemuProcess, Instant> all = times.all();
        // Without a directory the next listing tries again: it is made with the agent's socket.
        if (!all.equals(written) && file.filter(StartTimesFile::hasDirectory).isPresent()) {
            write(file.get(), all);
        }
    }

    /** A failure matters only for the next start, so it is logged once and all else goes on. */
    private void write(StartTimesFile into, Map<QemuProcess, Instant> all) {
        try {
            into.write(all);
            written = all;
            failures.ends("");
        } catch (IOException e) {
            if (failures.begins("", "not written")) {
                LOG.warn(
                        "cannot write {}: after a restart of vmgauge VMs may seem to have started a little earlier or later"
                                + " than before: {}",
                        into,
                        SafeText.line(String.valueOf(e)));
            }
        }
    }
}
