package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.domain.identity.VmId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A host's /proc that a test writes. */
record HostProc(Path path) {
    /** When the host was booted: seconds since 1970. */
    static final long BOOTED = 1_790_000_000;

    /** A host that was booted then. */
    static HostProc in(Path path) {
        HostProc proc = new HostProc(path);
        proc.write("sys/kernel/random/boot_id", "0f5c2a7e-1111-4222-8333-944445555666\n");
        proc.booted(BOOTED);
        return proc;
    }

    /** The kernel says another time of the boot now. */
    void booted(long seconds) {
        write("stat", "cpu  1 2 3\nbtime " + seconds + "\n");
    }

    /**
     * A QEMU. Its name has all that could mislead a reader of its line.
     *
     * @param start in ticks of 10 ms
     */
    void process(long pid, VmId vm, char state, long start) {
        write(
                pid + "/cmdline",
                "/usr/bin/qemu-system-x86_64\0-name\0guest=-uuid,x\0-S\0-uuid\0" + vm + "\0-no-user-config\0");
        write(
                pid + "/stat",
                pid + " (CPU 0) R 1 (x) " + state + " 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 " + start
                        + " 20 21 22 23\n");
    }

    void end(long pid) {
        try {
            Files.delete(path.resolve(pid + "/cmdline"));
            Files.delete(path.resolve(pid + "/stat"));
            Files.delete(path.resolve(Long.toString(pid)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(String file, String content) {
        try {
            Files.createDirectories(path.resolve(file).getParent());
            Files.writeString(path.resolve(file), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
