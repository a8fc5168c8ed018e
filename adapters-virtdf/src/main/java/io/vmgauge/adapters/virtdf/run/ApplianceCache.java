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
 * Where libguestfs keeps its appliance. While it makes one, it holds a lock; made by somebody who is ended meanwhile, it
 * stays as it is, a few hundred megabytes that nobody ever uses.
 */
public final class ApplianceCache {
    private static final Logger LOG = LoggerFactory.getLogger(ApplianceCache.class);

    private final Path directory;
    private final PathOwnership ownership;

    public ApplianceCache(Path directory, PathOwnership ownership) {
        this.directory = directory;
        this.ownership = ownership;
    }

    /** Removes what is half made, unless somebody is making one right now. Finished ones have no dot at their end. */
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
            LOG.warn("What is half made in {} cannot be removed: {}", directory, e.toString());
        }
    }

    /** One at a time: whoever closes a lock's file lets go of it for all of this process. */
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
