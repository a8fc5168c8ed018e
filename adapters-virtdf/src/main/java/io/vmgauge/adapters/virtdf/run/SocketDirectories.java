package io.vmgauge.adapters.virtdf.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories that libguestfs makes for its sockets. Those of root are always in /tmp, whatever libguestfs is told,
 * and stay there when it is killed. Nothing in them says which run they belong to. A directory belongs to nobody alive
 * if it is younger than a run that has ended, our user owns it, and at two looks it had neither a bound socket nor a
 * process that names it: libguestfs binds its socket as soon as it has made the directory.
 */
final class SocketDirectories {
    private static final Logger LOG = LoggerFactory.getLogger(SocketDirectories.class);

    private static final Path PLACE = Path.of("/tmp");
    private static final String NAME = "libguestfs[A-Za-z0-9]{6}";
    private static final int BETWEEN_LOOKS_MILLIS = 500;

    private SocketDirectories() {}

    /** Removes the directories that are left of a run that began at that time. */
    static void removeDead(FileTime since) {
        try {
            List<Path> dead = dead(since);
            if (!dead.isEmpty()) {
                ProcessTable.pause(BETWEEN_LOOKS_MILLIS);
                dead.retainAll(dead(since));
            }
            for (Path directory : dead) {
                Workspace.remove(directory);
            }
        } catch (IOException e) {
            LOG.warn("What libguestfs left in {} cannot be removed: {}", PLACE, e.toString());
        }
    }

    private static List<Path> dead(FileTime since) throws IOException {
        List<Path> candidates = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(PLACE, "libguestfs*")) {
            for (Path directory : all) {
                if (directory.getFileName().toString().matches(NAME) && isOurs(directory, since)) {
                    candidates.add(directory);
                }
            }
        }
        if (!candidates.isEmpty()) {
            String bound = Files.readString(Path.of("/proc/net/unix"), StandardCharsets.ISO_8859_1);
            String named = ProcessTable.commandLines();
            candidates.removeIf(directory -> bound.contains(directory + "/") || named.contains(directory + "/"));
        }
        return candidates;
    }

    private static boolean isOurs(Path directory, FileTime since) {
        try {
            return Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                    && Files.getOwner(directory).equals(Files.getOwner(Path.of("/proc/self")))
                    && Files.getLastModifiedTime(directory).compareTo(since) >= 0;
        } catch (IOException gone) {
            return false;
        }
    }
}
