package io.vmgauge.adapters.virtdf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The lab's programs. */
final class Lab {
    private Lab() {}

    static Path program(String name) {
        String lab = System.getProperty("lab.dir");
        if (lab == null) {
            throw new AssertionError("lab.dir is not set: run ./verify or ./mvnw verify");
        }
        return Path.of(lab, name);
    }

    /** Makes an image. Returns what its filesystem uses; 0 if it has none. */
    static long disk(String kind, Path file, int mebibytes, int fill) {
        try {
            Process process = new ProcessBuilder(
                            program("disk").toString(), kind, file.toString(), "" + mebibytes, "" + fill)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String used = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (process.waitFor() != 0) {
                throw new AssertionError("lab/disk " + kind + " failed");
            }
            return used.isEmpty() ? 0 : Long.parseLong(used);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
