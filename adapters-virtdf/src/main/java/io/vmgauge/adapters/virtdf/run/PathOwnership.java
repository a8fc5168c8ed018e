package io.vmgauge.adapters.virtdf.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/**
 * Whether only root and we decide what a path leads to. Where everybody may write, such as in /var/tmp, whoever comes
 * first owns a name. We would run, read and remove files that he can exchange.
 */
public final class PathOwnership {
    private static final int TYPE = 0170000;
    private static final int DIRECTORY = 0040000;
    private static final int LINK = 0120000;
    private static final int STICKY = 01000;
    private static final int WRITABLE_BY_OTHERS = 0022;

    private final int us;

    /** @param us a user's number */
    PathOwnership(int us) {
        this.us = us;
    }

    public static PathOwnership ofThisUser() {
        try {
            // Through the link, which is root's.
            return new PathOwnership(number(Files.readAttributes(Path.of("/proc/self"), "unix:uid"), "uid"));
        } catch (IOException e) {
            throw new IllegalStateException("no processes can be seen in /proc", e);
        }
    }

    /** Refuses a path that others could have made, or could exchange. Links may be on it if they are root's or ours. */
    public void require(Path path) throws IOException {
        along(path);
        along(path.toRealPath());
    }

    /** Refuses the same paths, and a directory that is not ours alone. */
    void requireOwn(Path directory) throws IOException {
        require(directory);
        if (!isOwn(directory) || (of(directory, "mode") & WRITABLE_BY_OTHERS) != 0) {
            throw new IOException(directory + " is not this user's alone");
        }
    }

    /** Whether the path is a directory of ours, and no link to one. */
    boolean isOwn(Path directory) throws IOException {
        return (of(directory, "mode") & TYPE) == DIRECTORY && of(directory, "uid") == us;
    }

    private void along(Path path) throws IOException {
        for (Path at = path; at != null; at = at.getParent()) {
            int owner = of(at, "uid");
            if (owner != 0 && owner != us) {
                throw new IOException(at + " belongs to another user");
            }
            int mode = of(at, "mode");
            // In a sticky directory others cannot exchange what is not theirs.
            if ((mode & TYPE) != LINK && (mode & WRITABLE_BY_OTHERS) != 0 && (mode & STICKY) == 0) {
                throw new IOException(at + " can be changed by other users");
            }
        }
    }

    private static int of(Path path, String attribute) throws IOException {
        return number(Files.readAttributes(path, "unix:" + attribute, LinkOption.NOFOLLOW_LINKS), attribute);
    }

    private static int number(Map<String, Object> attributes, String name) throws IOException {
        if (attributes.get(name) instanceof Integer number) {
            return number;
        }
        throw new IOException("files here have no " + name);
    }
}
