package io.vmgauge.adapters.libvirt.kernel;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A small file that the kernel writes while it is read. There are some for each VM in each round, so little is spent. */
public final class KernelFile {
    private KernelFile() {}

    /**
     * Its beginning.
     *
     * @param most bytes; what follows is left out
     * @throws IOException if there is none, nothing is in it, or this user may not read it
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
