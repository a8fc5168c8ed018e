package io.vmgauge.adapters.virtdf;

import io.vmgauge.adapters.virtdf.run.Workspace;
import io.vmgauge.ports.spi.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The settings of virt-df. reference.conf says what each means.
 *
 * @param memoryFloor in bytes
 */
record VirtDfSettings(
        String command,
        Duration limit,
        int concurrency,
        int nice,
        IoClass ioClass,
        Backend backend,
        Accelerator accelerator,
        long memoryFloor,
        Path cache,
        Path temp) {

    enum IoClass {
        IDLE,
        LOWEST,
        NORMAL
    }

    enum Backend {
        DIRECT,
        LIBVIRT
    }

    enum Accelerator {
        AUTO,
        KVM,
        TCG
    }

    private static final Duration SHORTEST_LIMIT = Duration.ofSeconds(1);
    private static final Duration LONGEST_LIMIT = Duration.ofHours(1);
    private static final long MEBIBYTE = 1 << 20;
    /** The bytes of a unix socket's path, of which the last is a zero. */
    private static final int LONGEST_SOCKET = 107;

    static VirtDfSettings of(Settings settings) {
        Duration limit = settings.duration("time-limit");
        if (limit.compareTo(SHORTEST_LIMIT) < 0 || limit.compareTo(LONGEST_LIMIT) > 0) {
            throw settings.refuse("time-limit", "from 1s to 1h");
        }
        if (settings.text("command").isBlank()) {
            throw settings.refuse("command", "a program's name or path, such as virt-df");
        }
        return new VirtDfSettings(
                settings.text("command"),
                limit,
                settings.number("concurrency", 1, 16),
                settings.number("nice", 0, 19),
                settings.choice("io-class", IoClass.class),
                settings.choice("backend", Backend.class),
                settings.choice("accelerator", Accelerator.class),
                settings.number("memory-floor-mib", 0, 1_000_000) * MEBIBYTE,
                directory(settings, "cache-directory"),
                temp(settings));
    }

    private static Path temp(Settings settings) {
        Path temp = directory(settings, "temp-directory");
        int longest = LONGEST_SOCKET - Workspace.LONGEST_BELOW;
        if (temp.toString().getBytes(StandardCharsets.UTF_8).length > longest) {
            throw settings.refuse("temp-directory", "at most " + longest + " bytes long, since sockets lie below it");
        }
        return temp;
    }

    private static Path directory(Settings settings, String key) {
        try {
            Path path = Path.of(settings.text(key));
            if (path.isAbsolute()) {
                return path.normalize();
            }
        } catch (InvalidPathException e) {
            // Refused like a relative path.
        }
        throw settings.refuse(key, "an absolute path");
    }
}
