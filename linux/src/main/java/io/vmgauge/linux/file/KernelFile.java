package io.vmgauge.linux.file;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A small file that the kernel writes while it is read. Each round reads some for each VM, so reading is cheap. */
public final class KernelFile {
    private KernelFile() {}

    /**
     * Reads its beginning.
     *
     * @param most how many bytes to read; the rest is not read
     * @throws IOException if it does not exist, is empty, or may not be read by this user
     */
    public static String head(File path, int most) throws IOException {
        byte[] head = new byte[most];
        try (FileInputStream file = new FileInputStream(path)) {
            int length = file.read(head);
            if (length < 0) {
                throw new IOException(path + " is empty");
            }
            return new String(head, 0, length, StandardCharsets.US_ASCII);
        }
    }
}
