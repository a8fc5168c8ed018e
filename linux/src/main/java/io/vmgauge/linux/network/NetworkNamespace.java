package io.vmgauge.linux.network;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Whether a process sees the same network devices as this one. The link {@code /proc/PID/ns/net} tells it, but only to
 * users who may trace the process. Everybody may read {@code /proc/PID/net/dev}, so for others the names in it decide
 * (network_namespaces(7), proc_pid_net(5) of Linux).
 *
 * @param proc where the kernel tells of its processes
 */
public record NetworkNamespace(Path proc) {
    /** False also if that cannot be told. */
    public boolean isSharedWith(long pid) {
        try {
            return link(Long.toString(pid)).equals(link("self"));
        } catch (IOException e) {
            return hasSameDevices(pid);
        }
    }

    private boolean hasSameDevices(long pid) {
        try {
            return names(Long.toString(pid)).equals(names("self"));
        } catch (IOException e) {
            return false;
        }
    }

    private Path link(String process) throws IOException {
        return Files.readSymbolicLink(proc.resolve(process).resolve("ns/net"));
    }

    /** In the kernel's order, which is the order in which the devices were made. */
    private List<String> names(String process) throws IOException {
        return Files.readAllLines(proc.resolve(process).resolve("net/dev"), StandardCharsets.ISO_8859_1).stream()
                .map(line -> line.substring(0, line.indexOf(':') + 1).strip())
                .toList();
    }
}
