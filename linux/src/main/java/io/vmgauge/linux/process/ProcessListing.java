package io.vmgauge.linux.process;

import io.vmgauge.linux.file.KernelFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The QEMU processes on this host, by the UUIDs of their domains. They are listed once, when first asked for: an object
 * is for one round. libvirt starts each with the arguments {@code -uuid UUID}.
 */
public final class ProcessListing {
    /** In bytes. The UUID comes early on a command line, but lines with many NUMA nodes are long. */
    private static final int COMMAND_LINE = 32 * 1024;

    private final Path proc;
    private @Nullable Map<String, List<Long>> byUuid;

    /**
     * Lists nothing yet.
     *
     * @param proc where the kernel tells of its processes
     */
    public ProcessListing(Path proc) {
        this.proc = proc;
    }

    /** Absent if none can be seen here, or if there are several: two daemons on one host may have one each. */
    public Optional<QemuProcess> of(String uuid) {
        Map<String, List<Long>> all = byUuid;
        if (all == null) {
            all = list();
            byUuid = all;
        }
        List<QemuProcess> found = all.getOrDefault(uuid, List.of()).stream()
                .flatMap(pid -> QemuProcess.of(proc, pid).stream())
                .toList();
        return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
    }

    private Map<String, List<Long>> list() {
        Map<String, List<Long>> all = new HashMap<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
            for (Path process : processes) {
                uuid(process).ifPresent(uuid -> all.computeIfAbsent(uuid, unknown -> new ArrayList<>())
                        .add(Long.valueOf(String.valueOf(process.getFileName()))));
            }
        } catch (IOException e) {
            // This user may not see it: domains are told apart by their ids.
        }
        return all;
    }

    /** Absent for most processes. */
    private static Optional<String> uuid(Path process) {
        try {
            String line = KernelFile.head(process.resolve("cmdline").toFile(), COMMAND_LINE);
            int option = line.indexOf("\0-uuid\0");
            int start = option + "\0-uuid\0".length();
            int end = line.indexOf('\0', start);
            return option < 0 || end < 0 ? Optional.empty() : Optional.of(line.substring(start, end));
        } catch (IOException kernelThreadOrGone) {
            return Optional.empty();
        }
    }
}
