package io.vmgauge.linux.file;

import com.sun.jna.Memory;
import java.util.Optional;

/**
 * What statx(2) tells of a file; the JDK does not tell how many blocks it has. This needs the right to pass through its
 * directories, not to read the file. Links are followed, as QEMU follows them.
 *
 * @param file which one it is: its device and its number there
 * @param kind the file type bits of its mode
 * @param length in bytes, holes counted
 * @param bytes what it occupies, holes not counted
 */
public record FileStat(Id file, int kind, long length, long bytes) {
    private static final int KIND_BITS = 0170000;
    private static final int REGULAR = 0100000;
    private static final int BLOCK_DEVICE = 0060000;
    private static final int CHARACTER_DEVICE = 0020000;

    // From linux/stat.h and linux/fcntl.h.
    private static final int CURRENT_DIRECTORY = -100;
    private static final int TYPE_INODE_SIZE_BLOCKS = 0x1 | 0x100 | 0x200 | 0x400;
    private static final int SIZE = 256;
    private static final int MODE = 28;
    private static final int INODE = 32;
    private static final int LENGTH = 40;
    private static final int BLOCKS = 48;
    private static final int DEVICE_MAJOR = 136;
    private static final int DEVICE_MINOR = 140;
    /** However large a file system's own blocks are. */
    private static final int BLOCK = 512;

    /** Two names with the same are one file. */
    public record Id(int major, int minor, long number) {}

    /** Absent if there is no such file, or it cannot be seen here. May hang as long as the file system does. */
    public static Optional<FileStat> of(String path) {
        try (Memory result = new Memory(SIZE)) {
            if (LibC.statx(CURRENT_DIRECTORY, path, 0, TYPE_INODE_SIZE_BLOCKS, result) != 0) {
                return Optional.empty();
            }
            return Optional.of(new FileStat(
                    new Id(result.getInt(DEVICE_MAJOR), result.getInt(DEVICE_MINOR), result.getLong(INODE)),
                    result.getShort(MODE) & KIND_BITS,
                    result.getLong(LENGTH),
                    result.getLong(BLOCKS) * BLOCK));
        }
    }

    public boolean isRegular() {
        return kind == REGULAR;
    }

    public boolean isDevice() {
        return kind == BLOCK_DEVICE || kind == CHARACTER_DEVICE;
    }
}
