package io.vmgauge.adapters.virtdf;

import io.vmgauge.adapters.virtdf.run.ProcessTable;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Filesystems;
import io.vmgauge.ports.spi.Host;
import io.vmgauge.ports.spi.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A directory with everything that a virt-df, real or acted, needs and leaves, and the processes that still run because
 * of it.
 */
public final class Playground implements AutoCloseable {
    final Path directory;

    Playground() {
        try {
            directory = Files.createTempDirectory("vmgd");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the adapter's agents have their directories. */
    Path runs() {
        return directory.resolve("runs");
    }

    /** The adapter as the agent would open it, on a program of our own. */
    Filesystems open(Path command, String... overrides) {
        return new VirtDfProvider().open(settings(command, overrides), host(new RealTime()));
    }

    /** The same on a host of our own. */
    Filesystems open(VirtDf.Surroundings around, TimeSource time, Path command, String... overrides) {
        return new VirtDf(VirtDfSettings.of(settings(command, overrides)), around, host(time));
    }

    private Settings settings(Path command, String... overrides) {
        List<String> all = new ArrayList<>(List.of(
                "command = \"" + command + "\"",
                "cache-directory = \"" + directory.resolve("cache") + "\"",
                "temp-directory = \"" + runs() + "\"",
                "memory-floor-mib = 0",
                "accelerator = tcg"));
        all.addAll(List.of(overrides));
        return ConfigSettings.with(all);
    }

    private static Host host(TimeSource time) {
        return new Host(time, work -> {
            Thread thread = new Thread(work, "adapter");
            thread.setDaemon(true);
            return thread;
        });
    }

    Path script(String name, String body) {
        return write(name, "#!/bin/bash\n" + body, "rwxr-xr-x");
    }

    Path write(String name, String content, String mode) {
        try {
            Path file = Files.writeString(directory.resolve(name), content, StandardCharsets.UTF_8);
            return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The files in a directory; none if it is not there. */
    public static List<Path> in(Path place) {
        if (!Files.isDirectory(place)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(place)) {
            return all.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Processes that carry the mark of a run here. */
    List<ProcessHandle> processes() {
        return of(runs());
    }

    static List<ProcessHandle> of(Path runs) {
        try {
            return ProcessTable.of(runs);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        ProcessTable.kill(runs(), List.of(), 5000);
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
