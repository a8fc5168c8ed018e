package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.ports.spi.Endpoint;
import io.vmgauge.ports.spi.EndpointException;
import io.vmgauge.ports.spi.SettingsException;
import io.vmgauge.ports.testkit.ReferenceSettings;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The file of the socket: its owner, who may use it, and what may be in its way. */
class SocketFileTest {
    private final Path directory;

    SocketFileTest(@TempDir Path directory) {
        this.directory = directory;
    }

    private final List<Endpoint> serving = new ArrayList<>();

    @AfterEach
    void close() {
        serving.forEach(Endpoint::close);
    }

    private Endpoint serve(ReferenceSettings settings) {
        Endpoint endpoint = new CriProvider().serve(new FakeQueries(), settings);
        serving.add(endpoint);
        return endpoint;
    }

    private static String words(Class<? extends RuntimeException> kind, Executable serving) {
        return String.valueOf(assertThrows(kind, serving).getMessage());
    }

    private Path socket() {
        return directory.resolve("cri.sock");
    }

    private ReferenceSettings settings() {
        return CriSection.at(socket().toString());
    }

    private static void connect(Path socket) throws IOException {
        SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
    }

    @Test
    void callersCanConnectWhenServeReturnsAndNothingIsLeftAfterClose() throws IOException {
        Endpoint endpoint = serve(settings());
        assertEquals("unix://" + socket(), endpoint.address());
        connect(socket());
        endpoint.close();

        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(0, left.count());
        }
    }

    @ParameterizedTest
    @CsvSource({"0660, rw-rw----", "600, rw-------", "0666, rw-rw-rw-", "751, rwxr-x--x"})
    void theSocketHasTheConfiguredMode(String mode, String letters) throws IOException {
        serve(settings().with("mode", mode));
        assertEquals(letters, PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())));
        connect(socket());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "rw-rw----", "0o660", "99", "888", "1660", "00660", "-660"})
    void aModeThatIsNoneIsRefused(String mode) {
        String words = words(SettingsException.class, () -> serve(settings().with("mode", mode)));

        assertTrue(words.endsWith("must be a file mode of three octal digits, such as 0660"), words);
    }

    @Test
    void aMissingDirectoryIsMadeForOwnerAndGroupOnly() throws IOException {
        Path made = directory.resolve("run/vmgauge");
        serve(CriSection.at(made.resolve("cri.sock").toString()));
        assertEquals("rwxr-x---", PosixFilePermissions.toString(Files.getPosixFilePermissions(made)));
    }

    @Test
    void theSocketAndItsNewDirectoryBelongToTheConfiguredGroup() throws IOException {
        Path made = directory.resolve("run");
        Path inside = made.resolve("cri.sock");
        String group = Files.readAttributes(directory, PosixFileAttributes.class)
                .group()
                .getName();
        // Only root may give files to a group that it is not in.
        String wanted = System.getProperty("user.name").equals("root") ? "daemon" : group;
        serve(CriSection.at(inside.toString()).with("group", wanted));
        for (Path file : new Path[] {made, inside}) {
            assertEquals(
                    wanted,
                    Files.readAttributes(file, PosixFileAttributes.class)
                            .group()
                            .getName());
        }
    }

    @Test
    void aGroupThatDoesNotExistIsRefusedAndNoSocketIsLeft() {
        String words = words(EndpointException.class, () -> serve(settings().with("group", "no-such-group")));

        assertEquals("there is no group no-such-group: make it or change endpoint.cri.group", words);
        assertFalse(Files.exists(socket(), LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void theSocketOfACrashedServerIsReplaced() throws IOException {
        try (ServerSocketChannel crashed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            crashed.bind(UnixDomainSocketAddress.of(socket()));
        }
        assertTrue(Files.exists(socket()));

        serve(settings());
        connect(socket());
    }

    @Test
    void aSecondInstanceIsRefusedAndTheFirstServesOn() throws IOException {
        serve(settings());
        String words = words(EndpointException.class, () -> serve(settings()));

        assertEquals("another vmgauge already serves on " + socket() + "; stop it or set endpoint.cri.socket", words);
        connect(socket());
    }

    /**
     * Whoever finds the socket finds it with its mode: between bind and chmod it would have the umask's, by which everybody
     * may connect here. The file is looked at as fast as can be while servers come and go.
     */
    @Test
    void theSocketIsNeverThereWithAnotherMode() throws Exception {
        Set<String> seen = ConcurrentHashMap.newKeySet();
        AtomicBoolean ended = new AtomicBoolean();
        Thread watcher = new Thread(() -> {
            while (!ended.get()) {
                try {
                    seen.add(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())));
                } catch (IOException notThere) {
                    // Between two servers.
                }
            }
        });
        watcher.start();
        try {
            for (int i = 0; i < 20; i++) {
                serve(settings().with("mode", "0600")).close();
            }
        } finally {
            ended.set(true);
            watcher.join();
        }
        assertEquals(Set.of("rw-------"), seen);
    }

    /** The second waits for the first to be done, and then sees it. */
    @Test
    void ofManyThatStartAtOnceOneServes() throws Exception {
        List<Callable<Endpoint>> starts =
                Collections.nCopies(8, () -> new CriProvider().serve(new FakeQueries(), settings()));
        ExecutorService threads = Executors.newFixedThreadPool(starts.size());
        List<String> refusals = new ArrayList<>();
        try {
            for (Future<Endpoint> start : threads.invokeAll(starts)) {
                try {
                    serving.add(start.get());
                } catch (ExecutionException e) {
                    refusals.add(Objects.requireNonNull(e.getCause()).getMessage());
                }
            }
        } finally {
            threads.shutdown();
        }
        assertEquals(1, serving.size());
        assertEquals(
                Collections.nCopies(
                        7, "another vmgauge already serves on " + socket() + "; stop it or set endpoint.cri.socket"),
                refusals);
        connect(socket());
    }

    @Test
    void whatAKilledStartLeftIsTakenOver() throws IOException {
        Path left = Files.createDirectory(directory.resolve(".vmgauge"));
        Files.createFile(left.resolve("lock"));
        try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            killed.bind(UnixDomainSocketAddress.of(left.resolve("s")));
        }
        serve(settings());
        connect(socket());
        assertFalse(Files.exists(left));
    }

    /** As an agent that is told to end while it begins. It may have begun to serve, and is then closed like any other. */
    @Test
    void whoIsInterruptedWhileItBeginsLeavesNothingBehind() throws Exception {
        for (int i = 0; i < 50; i++) {
            int pause = i * 100;
            Thread starting = new Thread(() -> {
                try {
                    new CriProvider().serve(new FakeQueries(), settings()).close();
                } catch (EndpointException e) {
                    // It was told to end.
                }
            });
            starting.start();
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(pause));
            starting.interrupt();
            starting.join();
            try (Stream<Path> left = Files.list(directory)) {
                assertEquals(List.of(), left.toList(), pause + " us");
            }
        }
    }

    @Test
    void aServerThatEndsLeavesTheSocketOfTheNextAlone() throws IOException {
        Endpoint first = serve(settings());
        Files.delete(socket());
        serve(settings());
        first.close();
        connect(socket());
    }

    @Test
    void whatIsNotASocketIsLeftAlone() throws IOException {
        Files.writeString(socket(), "precious");

        String words = words(EndpointException.class, () -> serve(settings()));

        assertEquals(socket() + " exists and is not a socket: move it away or set endpoint.cri.socket", words);
        assertEquals("precious", Files.readString(socket()));
    }

    @Test
    void aLinkIsNotFollowed() throws IOException {
        Path elsewhere = directory.resolve("elsewhere");
        Files.createSymbolicLink(socket(), elsewhere);

        assertThrows(EndpointException.class, () -> serve(settings()));
        assertFalse(Files.exists(elsewhere, LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void aDirectoryThatCannotBeMadeIsSaid() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        String words = words(
                EndpointException.class,
                () -> serve(CriSection.at(file.resolve("cri.sock").toString())));

        assertTrue(words.startsWith("cannot make room for " + file.resolve("cri.sock") + ": "), words);
        assertFalse(words.contains("\n"));
    }

    @Test
    void aPathMayHave106BytesAndNoMore() {
        String prefix = directory + "/";
        String longest = prefix + "s".repeat(106 - prefix.length());
        serve(CriSection.at(longest));

        String words = words(SettingsException.class, () -> serve(CriSection.at(longest + "s")));
        assertTrue(words.endsWith("must be a path of at most 106 bytes: no more fit into a socket's address"), words);
        assertThrows(SettingsException.class, () -> serve(CriSection.at(prefix + "ü".repeat(60))));
        String deep = prefix + "d".repeat(96 - prefix.length()) + "/s";
        words = words(SettingsException.class, () -> serve(CriSection.at(deep)));
        assertTrue(words.contains("in a directory whose path has at most 95 bytes"), words);
        serve(CriSection.at(deep.replace("/d", "/")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a\0b"})
    void aPathThatIsNoneIsRefused(String path) {
        assertThrows(SettingsException.class, () -> new CriProvider().socket(CriSection.at(path)));
    }

    @Test
    void theProviderTellsWhereItWouldServe() {
        assertEquals(socket(), new CriProvider().socket(settings()));
        assertEquals("cri", new CriProvider().name());
    }
}
