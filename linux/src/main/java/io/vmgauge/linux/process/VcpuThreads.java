package io.vmgauge.linux.process;

import io.vmgauge.linux.file.KernelFile;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the threads that are a domain's vCPUs. libvirt makes a group {@code vcpuN} for each, below the domain's own
 * group, with systemd below {@code libvirt} in it.
 *
 * @param proc where the kernel tells of its threads
 */
public record VcpuThreads(Path proc) {
    /** With more vCPUs none is found: each costs a file in each round. */
    static final int MOST = 128;

    /** Each is enough for what is read of it. */
    private static final int ONE_NUMBER = 32;

    private static final int STATUS = 512;
    private static final String PROCESS = "\nTgid:\t";

    /**
     * The file {@code schedstat} of each; at least one.
     *
     * @throws IOException if not each of them can be found
     * @throws NumberFormatException likewise
     */
    List<File> schedstats(Path group) throws IOException {
        List<File> found = new ArrayList<>();
        for (Path vcpu : vcpus(group)) {
            found.add(schedstat(thread(vcpu)));
        }
        return found;
    }

    /**
     * The thread id of one of them.
     *
     * @throws IOException if none can be found
     * @throws NumberFormatException likewise
     */
    public long first(Path group) throws IOException {
        return thread(vcpus(group).get(0));
    }

    /** Their groups, at least one. */
    private static List<Path> vcpus(Path group) throws IOException {
        Path withSystemd = group.resolve("libvirt");
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> groups =
                Files.newDirectoryStream(Files.isDirectory(withSystemd) ? withSystemd : group, "vcpu*")) {
            groups.forEach(found::add);
        }
        if (found.isEmpty()) {
            throw new IOException("no vCPUs");
        }
        if (found.size() > MOST) {
            throw new IOException("too many vCPUs");
        }
        return found;
    }

    /** The only thread of the group. If there are several, it is not known which is the vCPU. */
    private static long thread(Path vcpu) throws IOException {
        String only = threads(vcpu);
        if (!only.endsWith("\n")) {
            throw new IOException("not one thread");
        }
        // The kernel writes 0 for a thread that this process cannot see, as from a container. /proc has no 0.
        return Long.parseLong(only, 0, only.length() - 1, 10);
    }

    private static String threads(Path vcpu) throws IOException {
        try {
            return KernelFile.head(vcpu.resolve("cgroup.threads").toFile(), ONE_NUMBER);
        } catch (FileNotFoundException version1) {
            return KernelFile.head(vcpu.resolve("tasks").toFile(), ONE_NUMBER);
        }
    }

    /**
     * The path names the process too, so that a thread of another process with the same id is not taken for this one.
     */
    private File schedstat(long tid) throws IOException {
        String status = KernelFile.head(proc.resolve(tid + "/status").toFile(), STATUS);
        int start = status.indexOf(PROCESS) + PROCESS.length();
        int end = status.indexOf('\n', start);
        if (start < PROCESS.length() || end < 0) {
            throw new IOException("a thread of no process");
        }
        return proc.resolve(Long.parseLong(status, start, end, 10) + "/task/" + tid + "/schedstat")
                .toFile();
    }
}
