package io.vmgauge.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the host itself says of a guest: of its QEMU, its image and its definition. */
final class OnHost {
    private OnHost() {}

    /** User and system time (proc(5), fields 14 and 15, in hundredths of a second). */
    static long cpuNanos(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * 10_000_000;
    }

    static long residentBytes(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElseThrow();
    }

    /** The bytes that a file takes on its filesystem. */
    static long allocated(Path file) throws IOException, InterruptedException {
        Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        try (var out = stat.inputReader()) {
            return Long.parseLong(out.readLine()) * 512;
        } finally {
            stat.waitFor();
        }
    }

    static String tap(Path definition) throws IOException {
        Matcher tap = Pattern.compile("<target dev='([^']+)'/>\\s*<model type='virtio'/>")
                .matcher(Files.readString(definition));
        if (!tap.find()) {
            throw new AssertionError("no interface in " + definition);
        }
        return tap.group(1);
    }
}
