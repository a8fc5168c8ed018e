package io.vmgauge.linux.process;

import io.vmgauge.linux.file.KernelFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The boot of this host.
 *
 * @param proc where the kernel tells of it
 */
record Boot(Path proc) {
    private static final int ID = 64;
    private static final String TIME = "btime ";

    /** No two boots have the same. */
    String id() throws IOException {
        String id = KernelFile.head(proc.resolve("sys/kernel/random/boot_id").toFile(), ID)
                .strip();
        if (!id.matches("[0-9a-f-]{36}")) {
            throw new IOException("the kernel tells no id of this boot");
        }
        return id;
    }

    /**
     * When it was, in whole seconds, by the clock of now. It changes by a second now and then, and whenever the clock
     * is set: the kernel computes it anew each time. Absent if the kernel does not tell.
     */
    Optional<Instant> time() {
        try (Stream<String> lines = Files.lines(proc.resolve("stat"), StandardCharsets.US_ASCII)) {
            return lines.filter(line -> line.startsWith(TIME))
                    .map(line -> Instant.ofEpochSecond(Long.parseLong(line.substring(TIME.length()))))
                    .findFirst();
        } catch (IOException | UncheckedIOException | NumberFormatException e) {
            return Optional.empty();
        }
    }
}
