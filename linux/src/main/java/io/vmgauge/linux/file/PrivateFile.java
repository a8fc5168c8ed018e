package io.vmgauge.linux.file;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * A small text in a file that only its user may read. It is replaced as a whole, so a reader never sees a part of it.
 * Its directory may be one that others write to: no link and no file of another user is read.
 */
public final class PrivateFile {
    private final Path file;
    private final Path next;
    private final int most;

    /**
     * Touches nothing yet.
     *
     * @param most how many bytes it may have
     */
    public PrivateFile(Path file, int most) {
        this.file = file;
        this.next = file.resolveSibling(file.getFileName() + ".new");
        this.most = most;
    }

    /** Whether its directory is there. */
    public boolean hasDirectory() {
        return Files.isDirectory(file.toAbsolutePath().resolveSibling(""));
    }

    /**
     * The text; absent if there is no such file.
     *
     * @throws IOException if it cannot be read, is too large, is no regular file, or belongs to another user
     */
    public Optional<String> read() throws IOException {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        // Before the file is opened: opening a pipe would wait.
        require(Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS), "no regular file");
        try (SeekableByteChannel in =
                Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            require(
                    Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                            .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")),
                    "another user's");
            require(in.size() <= most, "too large");
            byte[] text = Channels.newInputStream(in).readNBytes(most);
            return Optional.of(new String(text, StandardCharsets.US_ASCII));
        } catch (NoSuchFileException removedMeanwhile) {
            return Optional.empty();
        }
    }

    private static void require(boolean isTrue, String otherwise) throws IOException {
        if (!isTrue) {
            throw new IOException(otherwise);
        }
    }

    /** Replaces the text, which is ASCII. A thread that is told to end does it all the same. */
    public void replace(String text) throws IOException {
        Files.deleteIfExists(next);
        Files.createFile(next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(next, text, StandardCharsets.US_ASCII, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
