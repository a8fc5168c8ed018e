package io.vmgauge.adapters.virtdf.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The temporary files of runs. Several agents may share the base directory. Each has a directory of its own below it,
 * with a lock, and in that a directory for each run. A lock ends with its agent, however that ends. So whoever can take
 * a lock knows that nobody needs the rest any more: its processes, sockets and files.
 *
 * <p>Names are short, since libguestfs has its sockets in a run's directory, unless root runs it.
 *
 * <p>Long because making and removing must know the same names.
 */
public final class Workspace implements AutoCloseable {
    /** What {@link #newRun} and libguestfs add to the base at most: /agent-123456/run-1234567890/libguestfs123456/guestfsd.sock */
    public static final int LONGEST_BELOW = 13 + 15 + 17 + 14;

    private static final Logger LOG = LoggerFactory.getLogger(Workspace.class);

    private static final String AGENT = "agent-";
    private static final String RUN = "run-";
    /** A file in each run's directory, as old as the run. */
    private static final String BEGUN = "begun";

    private static final long LONGEST_KILL_MILLIS = 5000;
    private static final int MOST_TRIES = 5;

    private final Path base;
    private final FileAttribute<?> mode;
    private final PathOwnership ownership;
    private @Nullable Path home;
    private @Nullable AgentLock lock;
    private long runs;

    /** @param shared whether another user, libvirt's, must reach the files; he cannot list them */
    public Workspace(Path base, boolean shared, PathOwnership ownership) {
        this.base = base;
        this.mode = PosixFilePermissions.asFileAttribute(
                PosixFilePermissions.fromString(shared ? "rwx--x--x" : "rwx------"));
        this.ownership = ownership;
    }

    /** A new directory for one run; {@link #wipe} ends it. */
    public synchronized Path newRun() throws ReadingFailed {
        try {
            // A program that tidies up /var/tmp may have removed ours.
            Path mine = home == null || !Files.isDirectory(home, LinkOption.NOFOLLOW_LINKS) ? settle() : home;
            Path run = Files.createDirectory(mine.resolve(RUN + ++runs), mode);
            Files.createFile(run.resolve(BEGUN));
            return run;
        } catch (IOException e) {
            throw ReadingFailed.writing(base, e);
        }
    }

    private Path settle() throws IOException {
        letGo();
        Files.createDirectories(base, mode);
        ownership.requireOwn(base);
        for (int i = 0; i < MOST_TRIES; i++) {
            Path mine = base.resolve(
                    AGENT + "%06x".formatted(ThreadLocalRandom.current().nextInt(1 << 24)));
            try {
                Files.createDirectory(mine, mode);
                AgentLock taken = AgentLock.of(mine);
                if (taken != null && Files.exists(mine)) {
                    lock = taken;
                    home = mine;
                    return mine;
                }
            } catch (FileAlreadyExistsException | NoSuchFileException e) {
                // It is somebody else's, or another agent has just swept it.
            }
        }
        throw new IOException("it is not left alone");
    }

    /** Ends the processes and removes the files that earlier agents left. */
    public void sweep() {
        if (!Files.exists(base, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            ownership.requireOwn(base);
            try (DirectoryStream<Path> agents = Files.newDirectoryStream(base, AGENT + "*")) {
                for (Path agent : agents) {
                    if (ownership.isOwn(agent)) {
                        sweep(agent);
                    }
                }
            }
        } catch (IOException e) {
            LOG.warn("What earlier agents left in {} cannot be removed: {}", base, e.toString());
        }
    }

    private static void sweep(Path agent) throws IOException {
        AgentLock taken = AgentLock.of(agent);
        if (taken == null) {
            return;
        }
        try (taken) {
            List<ProcessHandle> left = ProcessTable.of(agent);
            ProcessTable.kill(agent, left, LONGEST_KILL_MILLIS);
            try (DirectoryStream<Path> all = Files.newDirectoryStream(agent, RUN + "*")) {
                for (Path run : all) {
                    wipe(run);
                }
            }
            remove(agent);
            LOG.info("Removed what an earlier agent left in {}: {} processes and its files", agent, left.size());
        }
    }

    /** Removes a run's directory and its sockets elsewhere. Its processes have ended before. */
    public static void wipe(Path run) {
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

    /** Removes a directory with all that is in it. Links are not followed. */
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

    private void letGo() throws IOException {
        if (lock != null) {
            lock.close();
        }
        home = null;
        lock = null;
    }

    @Override
    public synchronized void close() {
        try {
            if (home != null) {
                remove(home);
            }
            letGo();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
