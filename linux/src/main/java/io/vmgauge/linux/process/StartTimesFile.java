package io.vmgauge.linux.process;

import io.vmgauge.linux.file.PrivateFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A file that remembers {@link StartTimes} for the next life of the agent: a line for each process, with its id, its
 * start in ticks and in nanoseconds since 1970. It names the boot, since after another one the same process ids and
 * ticks are other processes.
 */
public final class StartTimesFile {
    /** How many are written. No host has so many VMs. */
    static final int MOST = 20_000;
    /** Enough for so many of the longest lines. */
    private static final int MOST_BYTES = 2 << 20;

    private static final String FIRST = "vmgauge start times 1";
    private static final String LAST = "end";
    private static final long NANOS = 1_000_000_000;

    private final Boot boot;
    private final PrivateFile file;

    /**
     * Touches nothing yet.
     *
     * @param proc where the kernel tells of the boot
     */
    public StartTimesFile(Path proc, Path file) {
        this.boot = new Boot(proc);
        this.file = new PrivateFile(file, MOST_BYTES);
    }

    /** Whether its directory is there. The one of a socket is made when the socket is. */
    public boolean hasDirectory() {
        return file.hasDirectory();
    }

    /**
     * What was written in this boot; empty if nothing was.
     *
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException if it is not as {@link #write} writes it, with the line or the reason
     */
    public Map<QemuProcess, Instant> read() throws IOException {
        List<String> lines = file.read().map(text -> text.lines().toList()).orElse(List.of(FIRST, "", LAST));
        require(lines.size() > 2 && lines.get(0).equals(FIRST), "of another kind");
        require(lines.get(lines.size() - 1).equals(LAST), "cut off");
        Map<QemuProcess, Instant> all = new HashMap<>();
        if (lines.get(1).equals(boot.id())) {
            lines.subList(2, lines.size() - 1).forEach(line -> add(all, line));
        }
        return all;
    }

    private static void add(Map<QemuProcess, Instant> all, String line) {
        require(line.matches("[0-9]{1,18} [0-9]{1,18} [0-9]{1,19}"), line);
        String[] words = line.split(" ", -1);
        long nanos = Long.parseLong(words[2]);
        all.put(
                new QemuProcess(Long.parseLong(words[0]), Long.parseLong(words[1])),
                Instant.ofEpochSecond(nanos / NANOS, nanos % NANOS));
    }

    private static void require(boolean isTrue, String otherwise) {
        if (!isTrue) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** Replaces what was written. */
    public void write(Map<QemuProcess, Instant> all) throws IOException {
        StringBuilder text = new StringBuilder(FIRST + "\n" + boot.id() + "\n");
        all.entrySet().stream().limit(MOST).forEach(one -> {
            Instant time = one.getValue();
            long nanos = time.getEpochSecond() * NANOS + time.getNano();
            text.append(one.getKey().pid() + " " + one.getKey().start() + " " + nanos + "\n");
        });
        file.replace(text.append(LAST).append('\n').toString());
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
