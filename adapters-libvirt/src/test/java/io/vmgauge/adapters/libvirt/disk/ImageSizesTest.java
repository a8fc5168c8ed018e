package io.vmgauge.adapters.libvirt.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.domain.BlockStats;
import io.vmgauge.adapters.libvirt.domain.BlockStatsSource;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.DeviceBytes;
import io.vmgauge.linux.file.FileStat;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On real files, before what QEMU may say of them. */
public class ImageSizesTest {
    private static final VmId VM = new VmId("8b97a6a0-424f-4246-9186-1d24dce45990");
    private static final long MIB = 1 << 20;

    private final Path dir;
    private final ImageSizes sizes = new ImageSizes(FileStat::of);
    private final Answers qemu = new Answers();

    ImageSizesTest(@TempDir Path dir) {
        this.dir = dir;
    }

    /** What QEMU says, and how often it was asked. */
    private static final class Answers implements BlockStatsSource {
        private final Map<String, BlockStats> told = new HashMap<>();
        private boolean bulk = true;
        private int asked;

        @Override
        public Optional<Map<String, BlockStats>> blocks() {
            asked++;
            return bulk ? Optional.of(told) : Optional.empty();
        }

        @Override
        public OptionalLong disk(String device) {
            return OptionalLong.of(4711);
        }
    }

    @Test
    void statTellsBlocksAndKind() throws IOException, InterruptedException {
        Path file = sparse("a", 4096 * MIB, 2 * MIB);
        FileStat stat = FileStat.of(file.toString()).orElseThrow();

        assertEquals(blocks(file), stat.bytes());
        assertEquals(4096 * MIB, stat.length());
        assertTrue(stat.isRegular() && !stat.isDevice());
        Files.createLink(dir.resolve("b"), file);
        Files.createSymbolicLink(dir.resolve("c"), file);
        assertEquals(stat, FileStat.of(dir.resolve("b").toString()).orElseThrow());
        assertEquals(stat, FileStat.of(dir.resolve("c").toString()).orElseThrow());
        assertTrue(FileStat.of("/dev/null").orElseThrow().isDevice());
        assertEquals(Optional.empty(), FileStat.of(dir + "/ümläut"));
        Path odd = Files.createFile(dir.resolve("odd"));
        assertEquals(0, FileStat.of(odd.toString()).orElseThrow().bytes());
    }

    /** So a VM that hangs keeps nobody from knowing what its disks take. */
    @Test
    void afterQemuHasOnceToldTheSameItIsNotAskedAgain() throws Exception {
        Path file = sparse("a", 64 * MIB, 2 * MIB);
        says(file, blocks(file));
        assertEquals(List.of(new DeviceBytes("vda", blocks(file))), of(1, image("vda", file)));
        sparse("a", 64 * MIB, 5 * MIB);

        assertEquals(List.of(new DeviceBytes("vda", blocks(file))), of(1, image("vda", file)));
        assertEquals(1, qemu.asked);
        of(2, image("vda", file));
        assertEquals(2, qemu.asked);
    }

    /** As where libvirtd runs in a container, and its files are others than those of the same names here. */
    @Test
    void aFileOfWhichQemuTellsOtherwiseIsAnother() throws Exception {
        Path file = sparse("a", 64 * MIB, 2 * MIB);
        says(file, 7 * MIB);

        assertEquals(List.of(new DeviceBytes("vda", 7 * MIB)), of(1, image("vda", file)));
        assertEquals(List.of(new DeviceBytes("vda", 7 * MIB)), of(1, image("vda", file)));
        assertEquals(2, qemu.asked);
    }

    @Test
    void aFileThatTookTheNameOfAnotherIsComparedAnew() throws Exception {
        Path file = sparse("a", 64 * MIB, 2 * MIB);
        says(file, blocks(file));
        of(1, image("vda", file));
        Files.move(sparse("b", 64 * MIB, 9 * MIB), file, StandardCopyOption.REPLACE_EXISTING);

        assertEquals(List.of(new DeviceBytes("vda", 2 * MIB)), of(1, image("vda", file)));
    }

    /** Of which libvirt tells the length. */
    @Test
    void anEmptyRawFileTakesNothing() throws Exception {
        Path file = sparse("a", 1024 * MIB, 0);
        says(file, 1024 * MIB);

        assertEquals(List.of(new DeviceBytes("vda", 0)), of(1, image("vda", file)));
    }

    @Test
    void whatIsNotVisibleHereIsWhatQemuTells() throws Exception {
        Path gone = dir.resolve("gone");
        qemu.told.put(gone.toString(), new BlockStats(4096 * MIB, 0, 50 * MIB));

        assertEquals(List.of(new DeviceBytes("vda", 50 * MIB)), of(1, image("vda", gone)));
        // Full or empty: nobody knows.
        qemu.told.put(gone.toString(), new BlockStats(4096 * MIB, 0, 4096 * MIB));
        assertEquals(Optional.empty(), sizes.of(qemu, VM, new Incarnation(1), List.of(image("vda", gone))));
    }

    @Test
    void ifQemuDoesNotSayEitherThatIsSaid() {
        Path gone = dir.resolve("gone");

        assertEquals(
                "QEMU does not say what " + gone + " takes",
                assertThrows(VirtException.class, () -> of(1, image("vda", gone)))
                        .reason());
        qemu.told.put(gone.toString(), new BlockStats(-1, -1, -1));
        assertThrows(VirtException.class, () -> of(1, image("vda", gone)));
    }

    @Test
    void oneFileCountsOnceHoweverManyDisksLieOnIt() throws Exception {
        Path base = sparse("base", 64 * MIB, 3 * MIB);
        Path link = Files.createLink(dir.resolve("link"), base);
        Path top = sparse("top", 64 * MIB, MIB);
        says(base, blocks(base));
        says(link, blocks(base));
        says(top, blocks(top));

        assertEquals(
                List.of(new DeviceBytes("vda", 4 * MIB), new DeviceBytes("vdb", 0)),
                of(1, image("vda", top), image("vda", base), image("vdb", link)));
    }

    @Test
    void aDeviceIsNoFile() throws Exception {
        Path file = sparse("a", 64 * MIB, MIB);
        says(file, blocks(file));
        Path link = Files.createSymbolicLink(dir.resolve("link"), Path.of("/dev/null"));

        assertEquals(List.of(new DeviceBytes("vda", MIB)), of(1, image("vda", file), image("vdb", link)));
        assertEquals(List.of(), of(1, image("vdb", link)));
    }

    @Test
    void aDriverThatTellsNothingInBulkIsAskedForEachDisk() throws Exception {
        qemu.bulk = false;

        assertEquals(List.of(new DeviceBytes("vda", 4711)), of(1, image("vda", dir.resolve("gone"))));
    }

    private List<DeviceBytes> of(int id, LocatedImage... images) throws VirtException {
        return sizes.of(qemu, VM, new Incarnation(id), List.of(images)).orElseThrow();
    }

    private void says(Path file, long physical) throws IOException {
        qemu.told.put(file.toString(), new BlockStats(Files.size(file), 0, physical));
    }

    private static LocatedImage image(String device, Path file) {
        return new LocatedImage(device, false, true, file.toString(), "raw", Optional.empty(), Optional.empty());
    }

    private Path sparse(String name, long length, long data) throws IOException {
        Path path = dir.resolve(name);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(length);
            file.write(new byte[(int) data]);
            file.getFD().sync();
        }
        return path;
    }

    /** As stat(1) tells them. */
    public static long blocks(Path file) throws IOException {
        Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        try (var output = stat.inputReader()) {
            return Long.parseLong(output.readLine()) * 512;
        }
    }
}
