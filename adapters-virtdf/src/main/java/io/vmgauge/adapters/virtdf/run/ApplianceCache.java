package io.vmgauge.adapters.virtdf.run;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory where libguestfs keeps its appliance. libguestfs holds a lock while it makes one. If it is ended
 * meanwhile, a half-made appliance stays: a few hundred megabytes that nobody ever uses.
 */
public final class ApplianceCache {
    private static final Logger LOG = LoggerFactory.getLogger(ApplianceCache.class);

    private final Path directory;
    private final PathOwnership ownership;

    public ApplianceCache(Path directory, PathOwnership ownership) {
        this.directory = directory;
        this.ownership = ownership;
    }

    /**
     * Removes half-made appliances, unless somebody is making one right now. A finished one has no dot at the end of
     * its name.
     */
    public void sweep() {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try {
            ownership.require(directory);
            try (DirectoryStream<Path> users = Files.newDirectoryStream(directory, ".guestfs-*")) {
                for (Path user : users) {
                    Path lock = user.resolve("lock");
                    if (ownership.isOwn(user) && Files.isRegularFile(lock, LinkOption.NOFOLLOW_LINKS)) {
                        sweep(user, lock);
                    }
                }
            }
        } catch (IOException e) {
            LOG.warn("Half-made appliances in {} cannot be removed: {}", directory, e.toString());
        }
    }

    /** One at a time: closing a lock's file releases the lock for the whole process. */
    private static synchronized void sweep(Path user, Path lock) throws IOException {
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                FileLock taken = channel.tryLock()) {
            if (taken != null) {
                try (DirectoryStream<Path> halfMade = Files.newDirectoryStream(user, "appliance.d.*")) {
                    for (Path one : halfMade) {
                        Workspace.remove(one);
                    }
                }
            }
        }
    }
}
