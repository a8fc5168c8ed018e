package io.vmgauge.adapters.grpc;

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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link Ledger} as a file, a line for each container and pod. Read at the start and replaced as a whole, by its user
 * only; one that is anybody else's, too large or not as it was written is not used, as if there were none.
 *
 * <p>Long because writing and reading must mean the same lines.
 */
final class LedgerFile {
    private static final Logger log = LoggerFactory.getLogger(LedgerFile.class);
    private static final String FIRST = "vmgauge served 1";
    private static final String LAST = "end";
    /** Thousands of containers. */
    private static final int MOST_BYTES = 2 << 20;

    private final Path file;
    private final Path next;
    private boolean said;

    LedgerFile(Path file) {
        this.file = file;
        this.next = file.resolveSibling(file.getFileName() + ".new");
    }

    static LedgerFile beside(Path socket) {
        return new LedgerFile(socket.resolveSibling(socket.getFileName() + ".served"));
    }

    Ledger.Kept read() {
        try {
            return parsed(lines());
        } catch (NoSuchFileException none) {
            return Ledger.Kept.NOTHING;
        } catch (IOException | RuntimeException e) {
            log.warn("{} is not used, what was served before is not known: {}", file, Words.line(String.valueOf(e)));
            return Ledger.Kept.NOTHING;
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

    private static Ledger.Kept parsed(List<String> lines) {
        require(lines.size() >= 2 && lines.get(0).equals(FIRST), "of another kind");
        require(lines.get(lines.size() - 1).equals(LAST), "cut off");
        Map<String, ServedCpu.Kept> containers = new HashMap<>();
        Map<String, ServedPod.Kept> pods = new HashMap<>();
        for (String line : lines.subList(1, lines.size() - 1)) {
            String[] words = line.split(" ", -1);
            if (words[0].equals("container")) {
                // Of six, without steal, were those of earlier versions.
                require(words.length == 8 || words.length == 6, line);
                containers.put(
                        words[1],
                        new ServedCpu.Kept(
                                words[2],
                                number(words[3]),
                                number(words[4]),
                                Instant.ofEpochSecond(0, number(words[5])),
                                words.length == 6
                                        ? Rising.Kept.NOTHING
                                        : new Rising.Kept(number(words[6]), number(words[7]))));
            } else {
                require(words[0].equals("pod") && words.length == 5, line);
                pods.put(words[1], new ServedPod.Kept(number(words[2]), number(words[3]), number(words[4])));
            }
        }
        return new Ledger.Kept(containers, pods);
    }

    /** A counter or a time; two of them together still are one. */
    private static long number(String word) {
        long number = Long.parseLong(word);
        require(number >= 0 && number <= Long.MAX_VALUE / 2, word);
        return number;
    }

    private static void require(boolean isTrue, String otherwise) {
        if (!isTrue) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** Without it all goes on, but for the next start: so a failure is said, once. */
    void write(Ledger.Kept kept) {
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

    private static String text(Ledger.Kept kept) {
        return Stream.of(
                        Stream.of(FIRST),
                        kept.containers().entrySet().stream()
                                .filter(entry -> isWord(entry.getKey()))
                                .map(entry -> "container " + entry.getKey() + " "
                                        + entry.getValue().vm() + " "
                                        + entry.getValue().baseline() + " "
                                        + entry.getValue().counter() + " "
                                        + InventoryMapping.nanos(
                                                entry.getValue().time()) + " "
                                        + entry.getValue().steal().baseline() + " "
                                        + entry.getValue().steal().counter()),
                        kept.pods().entrySet().stream()
                                .filter(entry -> isWord(entry.getKey()))
                                .map(entry -> "pod " + entry.getKey() + " "
                                        + entry.getValue().gone() + " "
                                        + entry.getValue().nanos() + " "
                                        + entry.getValue().time()),
                        Stream.of(LAST))
                .flatMap(lines -> lines)
                .collect(Collectors.joining("\n", "", "\n"));
    }

    /** Nobody but the runtime says what its ids look like. */
    private static boolean isWord(String id) {
        return id.matches("[!-~]{1,253}");
    }
}
