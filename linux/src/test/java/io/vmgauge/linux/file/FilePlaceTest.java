package io.vmgauge.linux.file;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilePlaceTest {
    private final Path dir;
    private MountTable mounts = new MountTable("");

    FilePlaceTest(@TempDir Path dir) throws IOException {
        this.dir = dir.toRealPath();
    }

    /** What is called a server here is a directory: whoever looked into it would find a link that leads elsewhere. */
    @BeforeEach
    void make() throws IOException {
        Files.createDirectories(dir.resolve("server"));
        Files.createSymbolicLink(dir.resolve("server/link"), Path.of("/elsewhere"));
        Files.createDirectories(dir.resolve("images"));
        Files.createSymbolicLink(dir.resolve("images/far"), dir.resolve("server"));
        Files.createSymbolicLink(dir.resolve("images/near"), Path.of("../images/./disk.img"));
        Files.createSymbolicLink(dir.resolve("images/round"), Path.of("round"));
        mounts =
                new MountTable("1 0 254:0 / / rw - ext4 /dev/vda rw\n2 1 0:50 / " + dir + "/server rw - nfs4 s:/ rw\n");
    }

    @Test
    void linksAreFollowedAsQemuFollowsThem() {
        assertEquals(dir + "/images/disk.img", place("/images/near").path());
        assertEquals("ext4", place("/images/near").mount().orElseThrow().type());
        assertEquals(dir + "/images/disk.img", place("/images//x/../near").path());
        assertEquals(dir + "/images/none/disk", place("/images/none/disk").path());
    }

    @Test
    void nothingIsLookedAtOnAFileSystemThatMayHang() {
        FilePlace place = place("/images/far/link/./disk.img");

        assertEquals(dir + "/server/link/disk.img", place.path());
        assertEquals("nfs4", place.mount().orElseThrow().type());
    }

    @Test
    void linksThatLeadNowhereEnd() {
        assertEquals(dir + "/images/round/x", place("/images/round/x").path());
        assertEquals("/", FilePlace.of("/../..", mounts).path());
    }

    @Test
    void aPathThatThisSystemCannotWriteIsTakenAsItIs() {
        assertEquals("/images/\ud800", FilePlace.of("/images/\ud800", mounts).path());
    }

    private FilePlace place(String path) {
        return FilePlace.of(dir + path, mounts);
    }
}
