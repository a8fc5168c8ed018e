package io.vmgauge.adapters.grpc.overlay;

import io.vmgauge.adapters.grpc.mapping.InventoryMapping;
import io.vmgauge.adapters.grpc.mapping.SandboxTotal;
import io.vmgauge.adapters.grpc.socket.UnixSocket;
import io.vmgauge.domain.text.SafeText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link CounterState} as a file, a line for each container and pod. Read at the start and replaced as a whole, by its user
 * only; one that is anybody else's, too large or not as it was written is not used, as if there were none.
 *
 * <p>Long because writing and reading must mean the same lines.
 */
public final class CounterStateFile {
    private static final Logger log = LoggerFactory.getLogger(CounterStateFile.class);
    private static final String FIRST = "vmgauge served 2";
    /** Of versions that bound containers to the ids that VMs claim, and knew no lives. */
    private static final String EARLIER = "vmgauge served 1";
    /** In place of what there is none of. */
    private static final String NONE = "-";

    private static final String LAST = "end";
    /** Thousands of containers. */
    private static final int MOST_BYTES = 2 << 20;

    private final Path file;
    private final Path next;
    private boolean said;

    public CounterStateFile(Path file) {
        this.file = file;
        this.next = file.resolveSibling(file.getFileName() + ".new");
    }

    public static CounterStateFile beside(Path socket) {
        return new CounterStateFile(socket.resolveSibling(socket.getFileName() + ".served"));
    }

    public CounterState.Kept read() {
        try {
            return parsed(lines());
        } catch (NoSuchFileException none) {
            return CounterState.Kept.NOTHING;
        } catch (IOException | RuntimeException e) {
            log.warn("{} is not used, what was served before is not known: {}", file, SafeText.line(String.valueOf(e)));
            return CounterState.Kept.NOTHING;
        }
    }

    private List<String> lines() throws IOException {
        // Before it is opened: a pipe would keep us waiting.
        require(
                !Files.exists(file, LinkOption.NOFOLLOW_LINKS) || Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS),
                "no file");
        try (SeekableByteChannel in =
                Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            require(
                    Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                            .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")),
                    "somebody else's");
            require(in.size() <= MOST_BYTES, "too large");
            byte[] text = Channels.newInputStream(in).readNBytes(MOST_BYTES);
            return new String(text, StandardCharsets.US_ASCII).lines().toList();
        }
    }

    private static CounterState.Kept parsed(List<String> lines) {
        require(lines.size() >= 2 && (lines.get(0).equals(FIRST) || lines.get(0).equals(EARLIER)), "of another kind");
        require(lines.get(lines.size() - 1).equals(LAST), "cut off");
        Map<String, CpuCounter.Kept> containers = new HashMap<>();
        Map<String, PodCounter.Kept> pods = new HashMap<>();
        Map<String, SandboxTotal.Kept> sandboxes = new HashMap<>();
        for (String line : lines.subList(1, lines.size() - 1)) {
            String[] words = line.split(" ", -1);
            require(words.length >= 5, line);
            switch (words[0]) {
                case "container" -> containers.put(words[1], container(words, line));
                case "pod" ->
                    pods.put(
                            words[1],
                            new PodCounter.Kept(
                                    difference(words[2]), number(words[3]), number(words[4]), pairs(words)));
                case "sandbox" ->
                    sandboxes.put(
                            words[1],
                            new SandboxTotal.Kept(number(words[2]), number(words[3]), time(words[4]), pairs(words)));
                default -> throw new IllegalArgumentException(line);
            }
        }
        return new CounterState.Kept(containers, pods, sandboxes);
    }

    private static CpuCounter.Kept container(String[] words, String line) {
        if (words.length == 6 || words.length == 8) {
            return earlier(words);
        }
        require(words.length == 12, line);
        return new CpuCounter.Kept(
                words[2],
                words[3].equals(NONE) ? "" : words[3],
                difference(words[4]),
                number(words[5]),
                number(words[6]),
                time(words[7]),
                number(words[8]),
                words[9].equals(NONE) ? Optional.empty() : Optional.of(time(words[9])),
                new MonotonicCounter.Kept(difference(words[10]), number(words[11])));
    }

    /** What was told stays; no VM has that id or lives that life, so that it is bound and measured anew. */
    private static CpuCounter.Kept earlier(String[] words) {
        long baseline = number(words[3]);
        long counter = number(words[4]);
        return new CpuCounter.Kept(
                words[2],
                EARLIER,
                baseline,
                counter,
                baseline + counter,
                time(words[5]),
                0,
                Optional.empty(),
                words.length == 6
                        ? MonotonicCounter.Kept.NOTHING
                        : new MonotonicCounter.Kept(number(words[6]), number(words[7])));
    }

    /** From the sixth word on: whose, and how much. */
    private static Map<String, Long> pairs(String[] words) {
        Map<String, Long> pairs = new HashMap<>();
        for (int i = 5; i < words.length; i += 2) {
            require(i + 1 < words.length, words[i]);
            pairs.put(words[i], difference(words[i + 1]));
        }
        return pairs;
    }

    private static Instant time(String word) {
        return Instant.ofEpochSecond(0, number(word));
    }

    /** A counter or a time; two of them together still are one. */
    private static long number(String word) {
        long number = difference(word);
        require(number >= 0, word);
        return number;
    }

    /** Likewise, or what one is less than another. */
    private static long difference(String word) {
        long number = Long.parseLong(word);
        require(number <= Long.MAX_VALUE / 2 && number >= -(Long.MAX_VALUE / 2), word);
        return number;
    }

    private static void require(boolean isTrue, String otherwise) {
        if (!isTrue) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** Without it all goes on, but for the next start: so a failure is said, once. */
    public void write(CounterState.Kept kept) {
        try {
            Files.deleteIfExists(next);
            try (SeekableByteChannel out = Files.newByteChannel(
                    next,
                    Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                ByteBuffer text = StandardCharsets.US_ASCII.encode(text(kept));
                while (text.hasRemaining()) {
                    out.write(text);
                }
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
            said = false;
        } catch (IOException e) {
            if (!said) {
                said = true;
                log.warn(
                        "cannot write {}: after a restart of vmgauge counters of VMs may fall: {}",
                        file,
                        UnixSocket.reason(e));
            }
        }
    }

    private static String text(CounterState.Kept kept) {
        StringBuilder text = new StringBuilder(FIRST).append('\n');
        kept.containers()
                .forEach((id, cpu) -> line(
                        text,
                        "container",
                        id,
                        cpu.vm(),
                        cpu.life().isEmpty() ? NONE : cpu.life(),
                        cpu.baseline(),
                        cpu.counter(),
                        cpu.nanos(),
                        InventoryMapping.nanos(cpu.time()),
                        cpu.heardNanos(),
                        cpu.heardTime()
                                .map(time -> Long.toString(InventoryMapping.nanos(time)))
                                .orElse(NONE),
                        cpu.steal().baseline(),
                        cpu.steal().counter()));
        kept.pods().forEach((id, pod) -> {
            List<Object> words = new ArrayList<>(List.of("pod", id, pod.gone(), pod.nanos(), pod.time()));
            pod.beyond().forEach((container, nanos) -> words.addAll(List.of(container, nanos)));
            line(text, words.toArray());
        });
        kept.sandboxes().forEach((id, pod) -> {
            List<Object> words = new ArrayList<>(
                    List.of("sandbox", id, pod.ended(), pod.nanos(), InventoryMapping.nanos(pod.time())));
            pod.counters().forEach((life, nanos) -> words.addAll(List.of(life, nanos)));
            line(text, words.toArray());
        });
        return text.append(LAST).append('\n').toString();
    }

    /** Not of an id that is no word: nobody but the runtime and the hypervisor says what their ids look like. */
    private static void line(StringBuilder text, Object... words) {
        List<String> all = Stream.of(words).map(String::valueOf).toList();
        if (all.stream().allMatch(CounterStateFile::isWord)) {
            text.append(String.join(" ", all)).append('\n');
        }
    }

    private static boolean isWord(String id) {
        return id.matches("[!-~]{1,253}");
    }
}
