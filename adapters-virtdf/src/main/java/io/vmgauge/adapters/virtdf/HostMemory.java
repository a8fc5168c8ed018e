package io.vmgauge.adapters.virtdf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the host could give to a new process without hurting the others. */
final class HostMemory {
    private static final Pattern AVAILABLE = Pattern.compile("(?m)^MemAvailable: +([0-9]{1,15}) kB$");

    private final Path file;

    HostMemory(Path file) {
        this.file = file;
    }

    static HostMemory ofThisHost() {
        return new HostMemory(Path.of("/proc/meminfo"));
    }

    /** In bytes; unlimited if the kernel does not tell. */
    long available() {
        try {
            Matcher line = AVAILABLE.matcher(Files.readString(file));
            return line.find() ? Long.parseLong(line.group(1)) * 1024 : Long.MAX_VALUE;
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }
}
