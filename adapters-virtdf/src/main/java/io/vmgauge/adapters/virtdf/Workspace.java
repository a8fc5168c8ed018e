package io.vmgauge.adapters.virtdf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where runs have their temporary files: below one directory, which several agents may share, each has one of its own
 * with a lock on it, and in it one for each run. A lock ends with its agent, however that ends; so whoever can take it
 * knows that nobody needs the rest any more: processes that carry the mark of it, sockets, files.
 *
 * <p>Long because making and removing must know the same names.
 */
final class Workspace implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Workspace.class);

    private static final String AGENT = "agent-";
    private static final String LOCK = "lock";
    /** A file of each run, as old as the run. */
    private static final String BEGUN = "begun";

    private static final long LONGEST_KILL_MILLIS = 5000;

    private final Path base;
    private final String mode;
    private @Nullable Path home;
    private @Nullable FileChannel lock;

    /** @param shared whether another user, libvirt's, must get through to the files, though not see them listed */
    Workspace(Path base, boolean shared) {
        this.base = base;
        this.mode = shared ? "rwx--x--x" : "rwx------";
    }

    /** A new directory for one run; {@link #wipe} ends it. */
    synchronized Path newRun() throws ReadingFailed {
        try {
            Path mine = home == null ? settle() : home;
            Path run = Files.createTempDirectory(
                    mine, "run-", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode)));
            Files.createFile(run.resolve(BEGUN));
            return run;
        } catch (IOException e) {
            throw new ReadingFailed("cannot write to " + base + ": " + e);
        }
    }

    private Path settle() throws IOException {
        Files.createDirectories(base, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode)));
        // It may lie where everybody can write.
        if (!Files.isDirectory(base, LinkOption.NOFOLLOW_LINKS)
                || !Files.getOwner(base).equals(Files.getOwner(Path.of("/proc/self")))) {
            throw new IOException("it belongs to somebody else");
        }
        Path mine = Files.createTempDirectory(
                base, AGENT, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode)));
        FileChannel taken = lock(mine);
        if (taken == null) {
            throw new IOException("another agent swept it just now");
        }
        lock = taken;
        home = mine;
        return mine;
    }

    /** Null if another agent, or this one, has it. */
    private static @Nullable FileChannel lock(Path agent) throws IOException {
        FileChannel channel =
                FileChannel.open(agent.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock taken = channel.tryLock();
            if (taken != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // Another agent in this process.
        }
        channel.close();
        return null;
    }

    /** Ends and removes what agents left that did not end by themselves. */
    void sweep() {
        if (!Files.isDirectory(base, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (DirectoryStream<Path> agents = Files.newDirectoryStream(base, AGENT + "*")) {
            for (Path agent : agents) {
                // One without a file for the lock is just being made.
                if (Files.exists(agent.resolve(LOCK))) {
                    sweep(agent);
                }
            }
        } catch (IOException e) {
            LOG.warn("What earlier agents left in {} cannot be removed: {}", base, e.toString());
        }
    }

    private static void sweep(Path agent) throws IOException {
        try (FileChannel taken = lock(agent)) {
            if (taken != null) {
                List<ProcessHandle> left = ProcessTable.of(agent);
                ProcessTable.kill(agent, LONGEST_KILL_MILLIS);
                try (DirectoryStream<Path> runs = Files.newDirectoryStream(agent, "run-*")) {
                    for (Path run : runs) {
                        wipe(run);
                    }
                }
                remove(agent);
                LOG.info("Removed what an earlier agent left in {}: {} processes and its files", agent, left.size());
            }
        }
    }

    /** Removes a run's directory, and what else is left of it. No process of it is. */
    static void wipe(Path run) {
        try {
            // A run that never got so far has left nothing elsewhere.
            if (Files.exists(run.resolve(BEGUN))) {
                SocketDirectories.removeDead(Files.getLastModifiedTime(run.resolve(BEGUN)));
            }
            remove(run);
        } catch (IOException e) {
            LOG.warn("{} cannot be removed: {}", run, e.toString());
        }
    }

    /** With all that is in it; links are not followed. */
    static void remove(Path directory) throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException e) throws IOException {
                Files.deleteIfExists(dir);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @Override
    public synchronized void close() {
        try {
            if (home != null) {
                remove(home);
                home = null;
            }
            if (lock != null) {
                lock.close();
                lock = null;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
