package io.vmgauge.adapters.grpc.socket;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A directory beside the socket's place, on the same file system, that only this user can enter. A socket is made in
 * it, gets its mode and group, and is then renamed into place. So it never appears with another mode. A lock in the
 * directory lets one process at a time do that.
 */
final class PrivateDirectory implements AutoCloseable {
    private static final Path NAME = Path.of(".vmgauge");
    /** Where the socket is made, seen from the directory of its place. */
    static final Path SOCKET = NAME.resolve("s");

    private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<Set<PosixFilePermission>> WITH_MODE = PosixFilePermissions.asFileAttribute(MODE);
    private static final int MOST_TRIES = 250;
    private static final long PAUSE_NANOS = 20_000_000;

    private final Path path;
    private final FileChannel lock;

    private PrivateDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Makes the directory, or takes over one that a killed process left. Waits a few seconds if another process has it.
     *
     * @param parent the directory of the socket's place
     */
    static PrivateDirectory in(Path parent) throws IOException {
        if (!Files.isDirectory(parent.toAbsolutePath())) {
            throw new NoSuchFileException(parent.toString());
        }
        Path path = parent.resolve(NAME);
        boolean interrupted = false;
        try {
            for (int i = 0; i < MOST_TRIES; i++) {
                try {
                    FileChannel lock = tryLock(path);
                    if (lock != null) {
                        Files.deleteIfExists(parent.resolve(SOCKET));
                        return new PrivateDirectory(path, lock);
                    }
                } catch (ClosedByInterruptException e) {
                    // An agent that is told to end at this moment must not leave the directory behind: try once more.
                    interrupted |= Thread.interrupted();
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
            throw new IOException("another vmgauge has been starting there for seconds");
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Null if another process has the directory, or is just removing it. */
    private static @Nullable FileChannel tryLock(Path path) throws IOException {
        try {
            make(path);
            return lock(path.resolve("lock"));
        } catch (NoSuchFileException removedMeanwhile) {
            return null;
        }
    }

    private static @Nullable FileChannel lock(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null && isStillThere(channel, file)) {
                return channel;
            }
        } catch (OverlappingFileLockException heldInThisProcess) {
            // The same as held by another process.
        }
        channel.close();
        return null;
    }

    private static void make(Path path) throws IOException {
        try {
            Files.createDirectory(path, WITH_MODE);
        } catch (FileAlreadyExistsException e) {
            PosixFileAttributes found =
                    Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!found.isDirectory() || !found.owner().equals(Files.getOwner(Path.of("/proc/self")))) {
                throw new IOException(path + " is in the way and belongs to another user: remove it", e);
            }
            Files.setPosixFilePermissions(path, MODE);
        }
    }

    /**
     * Whether the file that we locked is still the one at that path. The holder before us may have removed it; then
     * another process could lock a new one. The file's length serves as a token.
     */
    private static boolean isStillThere(FileChannel channel, Path file) throws IOException {
        long token = ThreadLocalRandom.current().nextLong(1, 1L << 30);
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            // A hole: it needs no room on the disk.
            opened.setLength(token);
        } catch (FileNotFoundException removedMeanwhile) {
            return false;
        }
        return channel.size() == token;
    }

    /** Where the socket is made. */
    Path socket() {
        return path.resolve(SOCKET.getFileName());
    }

    /** Removes the directory. */
    @Override
    public void close() throws IOException {
        try (lock) {
            Files.deleteIfExists(socket());
            Files.deleteIfExists(path.resolve("lock"));
            Files.deleteIfExists(path);
        }
    }
}
