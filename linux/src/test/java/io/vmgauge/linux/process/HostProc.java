package io.vmgauge.linux.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A host's /proc that a test writes. */
final class HostProc {
    static final String BOOT = "0f5c2a7e-1111-4222-8333-944445555666";
    /** When it was booted. */
    static final long BOOTED = 1_790_000_000;

    private final Path proc;

    HostProc(Path proc) {
        this.proc = proc;
        boot(BOOT);
        booted(BOOTED);
    }

    Path path() {
        return proc;
    }

    void boot(String id) {
        write("sys/kernel/random/boot_id", id + "\n");
    }

    /** @param seconds since 1970 */
    void booted(long seconds) {
        write("stat", "cpu  1 2 3\ncpu0 1 2 3\nintr 9 8 7\nctxt 6\nbtime " + seconds + "\nprocesses 5\n");
    }

    /** @param start in ticks of 10 ms */
    QemuProcess starts(long pid, long start) {
        write(
                pid + "/stat",
                pid + " (qemu) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 " + start + " 20 21 22 23\n");
        return new QemuProcess(pid, start);
    }

    void ends(QemuProcess process) {
        remove(process.pid() + "/stat");
    }

    void remove(String file) {
        try {
            Files.delete(proc.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void write(String file, String content) {
        try {
            Files.createDirectories(proc.resolve(file).getParent());
            Files.writeString(proc.resolve(file), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
