package io.vmgauge.adapters.grpc.counter;

import io.vmgauge.adapters.grpc.socket.FileErrors;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.log.OnceLog;
import java.io.IOException;
import java.nio.ByteBuffer;
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
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file with a {@link CounterState}, as {@link CounterStateText} writes it. It is read at the start and replaced as a
 * whole. Only its user may read it. A file that belongs to somebody else, is too large or cannot be understood is
 * ignored, as if it were missing.
 */
public final class CounterStateFile {
    private static final Logger LOG = LoggerFactory.getLogger(CounterStateFile.class);
    /** Enough for thousands of containers. */
    private static final int MOST_BYTES = 2 << 20;

    private final Path file;
    private final Path next;
    private final OnceLog<Path> failures = new OnceLog<>();

    public CounterStateFile(Path file) {
        this.file = file;
        this.next = file.resolveSibling(file.getFileName() + ".new");
    }

    public static CounterStateFile beside(Path socket) {
        return new CounterStateFile(socket.resolveSibling(socket.getFileName() + ".served"));
    }

    public CounterState.Kept read() {
        try {
            return CounterStateText.parse(lines());
        } catch (NoSuchFileException none) {
            return CounterState.Kept.NOTHING;
        } catch (IOException | RuntimeException e) {
            LOG.warn(
                    "{} is not used, so the counters of the time before are not known: {}",
                    file,
                    SafeText.line(String.valueOf(e)));
            return CounterState.Kept.NOTHING;
        }
    }

    private List<String> lines() throws IOException {
        // Before the file is opened: opening a pipe would wait.
        require(
                !Files.exists(file, LinkOption.NOFOLLOW_LINKS) || Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS),
                "no file");
        try (SeekableByteChannel in =
                Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            require(
                    Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                            .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")),
                    "somebody else's");
            require(in.size() <= MOST_BYTES, "too large");
            byte[] text = Channels.newInputStream(in).readNBytes(MOST_BYTES);
            return new String(text, StandardCharsets.US_ASCII).lines().toList();
        }
    }

    private static void require(boolean isTrue, String otherwise) {
        if (!isTrue) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** Replaces the file. A failure matters only for the next start, so it is logged once and all else goes on. */
    public void write(CounterState.Kept kept) {
        try {
            Files.deleteIfExists(next);
            try (SeekableByteChannel out = Files.newByteChannel(
                    next,
                    Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                ByteBuffer text = StandardCharsets.US_ASCII.encode(CounterStateText.of(kept));
                while (text.hasRemaining()) {
                    out.write(text);
                }
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
            failures.ends(file);
        } catch (IOException e) {
            warn(e);
        }
    }

    private void warn(IOException e) {
        if (failures.begins(file, "not written")) {
            LOG.warn(
                    "cannot write {}: after a restart of vmgauge counters of VMs may fall: {}",
                    file,
                    FileErrors.reason(e));
        }
    }
}
