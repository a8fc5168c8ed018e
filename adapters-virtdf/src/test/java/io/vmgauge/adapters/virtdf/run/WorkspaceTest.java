package io.vmgauge.adapters.virtdf.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.virtdf.Playground;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose directories these are, and who may remove them. */
class WorkspaceTest {
    private static final PathOwnership OWNERSHIP = PathOwnership.ofThisUser();

    @TempDir
    private Path dir = Path.of("");

    @Test
    void aDirectoryThatWasTakenAwayIsMadeAnew() throws Exception {
        try (Workspace workspace = workspace("runs")) {
            Path first = workspace.newRun();
            Workspace.remove(above(first));
            Path second = workspace.newRun();
            assertTrue(Files.isDirectory(second));
            assertEquals("held", lockOf(above(second)));
        }
        assertEquals(List.of(), Playground.in(dir.resolve("runs")));
    }

    @Test
    void whatHasNoLockIsSweptToo() throws Exception {
        Files.createDirectories(dir.resolve("runs/agent-cut/run-1"));
        workspace("runs").sweep();
        assertFalse(Files.exists(dir.resolve("runs/agent-cut")));
    }

    /** Closing any handle of a file drops all locks that the process has on it. */
    @Test
    void anAgentKeepsItsLockWhenAnotherInTheSameProcessSweeps() throws Exception {
        try (Workspace living = workspace("runs")) {
            Path run = living.newRun();
            workspace("runs").sweep();
            assertEquals("held", lockOf(above(run)));
            assertTrue(Files.exists(run));
        }
    }

    @Test
    void whatOthersCanExchangeIsNeitherUsedNorSwept() throws Exception {
        Path precious = Files.createDirectories(dir.resolve("open/runs/agent-1/run-1"));
        for (String mode : List.of("rwxrwx---", "rwx---rwx")) {
            Files.setPosixFilePermissions(dir.resolve("open"), PosixFilePermissions.fromString(mode));
            refused("open/runs", "can be changed by other users");
        }
        assertTrue(Files.exists(precious));
        Files.setPosixFilePermissions(dir.resolve("open"), PosixFilePermissions.fromString("rwx------"));
        Files.setPosixFilePermissions(dir.resolve("open/runs"), PosixFilePermissions.fromString("rwxrwxrwx"));
        refused("open/runs", "can be changed by other users");
        assertTrue(Files.exists(precious));
    }

    /** A directory where everybody may add files, but nobody may exchange those of others. */
    @Test
    void aStickyDirectoryMayLieAboveIt() throws Exception {
        Path sticky = Files.createDirectory(dir.resolve("sticky"));
        assertEquals(
                0,
                new ProcessBuilder("chmod", "1777", sticky.toString()).start().waitFor());
        try (Workspace workspace = workspace("sticky/runs")) {
            assertTrue(Files.exists(workspace.newRun()));
        }
        IOException refusal = assertThrows(IOException.class, () -> OWNERSHIP.requireOwn(sticky));
        assertTrue(String.valueOf(refusal.getMessage()).endsWith("is not this user's alone"), refusal.toString());
    }

    /** Here we are the other user. */
    @Test
    void whatBelongsToAnotherUserIsNotTrustedNotEvenALink() throws Exception {
        // Everybody trusts root, so a test that root runs must give the files away.
        Path given = Files.createDirectory(dir.resolve("given"));
        Path link = Files.createSymbolicLink(dir.resolve("link"), Files.createDirectory(dir.resolve("target")));
        PathOwnership ownership = OWNERSHIP;
        if (chown(given) && chown(link)) {
            assertRefused(ownership, given, "belongs to another user");
            assertRefused(ownership, link, "belongs to another user");
            Path inside = Files.createSymbolicLink(dir.resolve("ours"), given);
            assertRefused(ownership, inside, "belongs to another user");
        } else {
            assertRefused(new PathOwnership(1), given, "belongs to another user");
            assertRefused(new PathOwnership(1), link, "belongs to another user");
        }
    }

    @Test
    void aLinkAmongTheAgentsDirectoriesIsNotFollowed() throws Exception {
        Path precious = Files.createDirectories(dir.resolve("elsewhere/run-1"));
        Files.createDirectory(
                dir.resolve("runs"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.createSymbolicLink(dir.resolve("runs/agent-link"), above(precious));
        workspace("runs").sweep();
        assertTrue(Files.exists(precious));
        assertEquals(List.of(precious), Playground.in(above(precious)), "not even a lock");
    }

    @Test
    void aLinkAmongTheAppliancesIsNotFollowedAndAnUnsafeCacheNotSwept() throws Exception {
        Path cache = Files.createDirectory(dir.resolve("cache"));
        Path half = Files.createDirectories(dir.resolve("elsewhere/appliance.d.x7f"));
        Files.createFile(half.resolveSibling("lock"));
        Files.createSymbolicLink(cache.resolve(".guestfs-1"), above(half));
        new ApplianceCache(cache, OWNERSHIP).sweep();
        assertTrue(Files.exists(half));

        Path ours = Files.createDirectories(cache.resolve(".guestfs-0/appliance.d.x7f"));
        Files.createFile(ours.resolveSibling("lock"));
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
        new ApplianceCache(cache, OWNERSHIP).sweep();
        assertTrue(Files.exists(ours));
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxr-xr-x"));
        new ApplianceCache(cache, OWNERSHIP).sweep();
        assertFalse(Files.exists(ours));
    }

    private Workspace workspace(String name) {
        return new Workspace(dir.resolve(name), false, OWNERSHIP);
    }

    private void refused(String name, String why) throws Exception {
        Workspace workspace = workspace(name);
        workspace.sweep();
        ReadingFailed failed = assertThrows(ReadingFailed.class, workspace::newRun);
        assertTrue(failed.reason().endsWith(why), failed.reason());
    }

    private static void assertRefused(PathOwnership ownership, Path path, String why) {
        IOException refusal = assertThrows(IOException.class, () -> ownership.require(path));
        assertTrue(String.valueOf(refusal.getMessage()).endsWith(why), String.valueOf(refusal.getMessage()));
    }

    /** To nobody; false if we may not. */
    private static boolean chown(Path path) throws Exception {
        return new ProcessBuilder("chown", "-h", "65534", path.toString())
                        .start()
                        .waitFor()
                == 0;
    }

    private static Path above(Path path) {
        return Objects.requireNonNull(path.getParent());
    }

    /** What another process finds. */
    private static String lockOf(Path agent) throws Exception {
        Process perl = new ProcessBuilder(
                        "perl",
                        "-e",
                        "use Fcntl; open(F, '+<', $ARGV[0]) or die;"
                                + " my $l = pack('s s x![l!] l! l! i x![l!]', F_WRLCK, 0, 0, 0, 0);"
                                + " print fcntl(F, F_SETLK, $l) ? 'free' : 'held'",
                        agent.resolve("lock").toString())
                .start();
        return new String(perl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
