package io.vmgauge.adapters.virtdf;

import io.vmgauge.adapters.virtdf.run.ReadingFailed;
import io.vmgauge.domain.identity.DiskImage;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/**
 * How large a disk is for its VM, from the first bytes of its image. Reading hangs as long as the storage of the image
 * hangs.
 */
final class ImageHeader {
    private static final int QCOW_MAGIC = 0x514649fb;
    /** Version, name of the backing file, cluster size: between the magic number and the size. */
    private static final int BETWEEN = 20;

    /** What systemd's ProtectHome hides. */
    private static final List<Path> HOMES = List.of(Path.of("/home"), Path.of("/root"), Path.of("/run/user"));

    private ImageHeader() {}

    /** In bytes; absent if the format is unknown or the header makes no sense. */
    static OptionalLong of(DiskImage image) throws ReadingFailed {
        try {
            Path file = Path.of(image.path());
            // Opening a pipe would wait.
            if (!Files.isRegularFile(file)) {
                throw new ReadingFailed(image.path() + whyNot(file));
            }
            return switch (image.format()) {
                case "raw" -> OptionalLong.of(Files.size(file));
                case "qcow2", "qcow" -> qcow(file);
                default -> OptionalLong.empty();
            };
        } catch (IOException e) {
            throw new ReadingFailed(
                    image.path() + " cannot be read: " + e.getClass().getSimpleName());
        } catch (InvalidPathException e) {
            throw new ReadingFailed("an image's path cannot be written in this system's character set");
        }
    }

    /**
     * Why the path is no file for us. A closed directory, or one that the service's own settings hide, must not make
     * people look for a lost file.
     */
    private static String whyNot(Path file) {
        if (Files.exists(file)) {
            return " is no file";
        }
        if (HOMES.stream().anyMatch(file::startsWith)) {
            return " is not visible to this agent: either it does not exist, or ProtectHome=yes in vmgauge.service hides"
                    + " it (set ProtectHome=read-only there)";
        }
        return Files.notExists(file)
                ? " does not exist"
                : " is not visible to this agent: its user may not pass through the directories above";
    }

    private static OptionalLong qcow(Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file);
                DataInputStream header = new DataInputStream(stream)) {
            if (header.readInt() != QCOW_MAGIC) {
                return OptionalLong.empty();
            }
            header.skipNBytes(BETWEEN);
            long size = header.readLong();
            return size < 0 ? OptionalLong.empty() : OptionalLong.of(size);
        }
    }
}
