package io.vmgauge.linux.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A text that only its user may read, in a directory where anything may lie. */
class PrivateFileTest {
    private final Path dir;
    private final Path path;
    private final PrivateFile file;

    PrivateFileTest(@TempDir Path dir) {
        this.dir = dir;
        this.path = dir.resolve("state");
        this.file = new PrivateFile(path, 8);
    }

    @Test
    void whatIsReadIsWhatWasWrittenAndOnlyItsUserMay() throws IOException {
        assertEquals(Optional.empty(), file.read());
        file.replace("12345678");
        assertEquals(Optional.of("12345678"), file.read());
        file.replace("1");
        assertEquals(Optional.of("1"), file.read());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        try (var all = Files.list(dir)) {
            assertEquals(List.of(path), all.toList());
        }
    }

    @Test
    void aThreadThatIsToldToEndWritesItAllTheSame() throws IOException {
        Thread.currentThread().interrupt();
        try {
            file.replace("1");
        } finally {
            assertTrue(Thread.interrupted());
        }
        assertEquals(Optional.of("1"), file.read());
    }

    @Test
    void whatIsTooLargeIsNotRead() throws IOException {
        file.replace("123456789");
        assertRefused("too large");
    }

    @Test
    void aLinkIsNotFollowedButReplaced() throws IOException {
        Path elsewhere = Files.writeString(dir.resolve("elsewhere"), "1");
        Files.createSymbolicLink(path, elsewhere);
        assertRefused("no regular file");
        file.replace("2");
        assertFalse(Files.isSymbolicLink(path));
        assertEquals(Optional.of("2"), file.read());
        assertEquals("1", Files.readString(elsewhere));
    }

    @Test
    void aPipeIsNotWaitedFor() throws Exception {
        assertEquals(0, new ProcessBuilder("mkfifo", path.toString()).start().waitFor());
        assertRefused("no regular file");
    }

    @Test
    void aDirectoryInItsPlaceStays() throws IOException {
        Files.createDirectory(path);
        assertRefused("no regular file");
        assertThrows(IOException.class, () -> file.replace("1"));
        assertTrue(Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void anotherUsersIsNotRead() throws IOException {
        file.replace("1");
        if (System.getProperty("user.name", "").equals("root")) {
            Files.setAttribute(path, "unix:uid", 65534, LinkOption.NOFOLLOW_LINKS);
            assertRefused("another user's");
        }
    }

    @Test
    void itSaysWhetherItsDirectoryIsThere() {
        assertTrue(file.hasDirectory());
        assertFalse(new PrivateFile(dir.resolve("none/state"), 8).hasDirectory());
        assertTrue(new PrivateFile(Path.of("state"), 8).hasDirectory());
    }

    private void assertRefused(String why) {
        assertEquals(why, assertThrows(IOException.class, file::read).getMessage());
    }
}
