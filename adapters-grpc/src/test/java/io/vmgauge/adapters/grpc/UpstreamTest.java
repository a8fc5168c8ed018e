package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Metadata;
import io.grpc.Status;
import io.vmgauge.ports.inbound.AgentStatus;
import io.vmgauge.ports.spi.Endpoint;
import io.vmgauge.ports.spi.EndpointException;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.SettingsException;
import io.vmgauge.ports.testkit.ReferenceSettings;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real runtime comes late, goes, and comes back. */
class UpstreamTest {
    private static final String ECHO = "from.the.Future/Echo";
    private static final byte[] WORD = {7};

    private final Path directory;
    private final ReferenceSettings settings;

    UpstreamTest(@TempDir Path directory) {
        this.directory = directory;
        this.settings = CriSection.at(directory.resolve("relay.sock").toString())
                .with("upstream", "unix://" + directory.resolve("runtime.sock"));
    }

    private static Endpoint serve(ReferenceSettings settings) {
        return new CriProvider().serve(new FakeQueries(), settings);
    }

    /** A frozen runtime whose queue of callers is full would keep a check waiting for ever. */
    @Test
    void aRuntimeThatAcceptsNobodyIsAProblemThatIsSaidAtOnce() throws Exception {
        Path socket = directory.resolve("runtime.sock");
        List<SocketChannel> queue = new ArrayList<>();
        try (ServerSocketChannel frozen = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            frozen.bind(UnixDomainSocketAddress.of(socket), 1);
            assertThrows(SocketException.class, () -> {
                for (int i = 0; i < 100; i++) {
                    SocketChannel caller = SocketChannel.open(StandardProtocolFamily.UNIX);
                    queue.add(caller);
                    caller.configureBlocking(false);
                    caller.connect(UnixDomainSocketAddress.of(socket));
                }
            });

            List<Finding> found =
                    assertTimeoutPreemptively(Duration.ofSeconds(10), () -> new CriProvider().check(settings));
            assertEquals(Finding.Level.PROBLEM, found.get(0).level());
            assertEquals(
                    "accepts no connection at " + socket + " at present",
                    found.get(0).what());
        } finally {
            for (SocketChannel caller : queue) {
                caller.close();
            }
        }
    }

    @Test
    void noGroupMayCallTheRelayUnlessItIsNamed() {
        assertEquals(
                "rw-------",
                PosixFilePermissions.toString(CriSettings.of(settings).socket().mode()));
        assertEquals(
                "rw-rw----",
                PosixFilePermissions.toString(
                        CriSettings.of(settings.with("group", "root")).socket().mode()));
        assertEquals(
                "rw-rw----",
                PosixFilePermissions.toString(
                        CriSettings.of(settings.with("upstream", "")).socket().mode()));
    }

    @Test
    void whoeverElseMayCallTheRelayIsNamedAtItsStart() {
        assertEquals(Optional.empty(), CriSettings.of(settings).socket().others());
        assertEquals(
                Optional.of("The group wheel"),
                CriSettings.of(settings.with("group", "wheel")).socket().others());
        assertEquals(
                Optional.of("Every user of this host"),
                CriSettings.of(settings.with("mode", "0666")).socket().others());
    }

    @Test
    void itServesWhenThereWasARoundButDoesNotHangOnAHypervisorThatIsGone() throws Exception {
        FakeQueries queries = new FakeQueries();
        queries.status = new AgentStatus("1", Optional.of("no round has finished yet"), 0, List.of());
        try (FakeRuntime runtime = new FakeRuntime(directory.resolve("runtime.sock"))) {
            runtime.start();
            CompletableFuture<Endpoint> relay =
                    CompletableFuture.supplyAsync(() -> new CriProvider().serve(queries, settings));
            sleep(500);
            assertFalse(Files.exists(directory.resolve("relay.sock")), "nothing is measured yet");
            queries.status = new AgentStatus("1", Optional.empty(), 0, List.of());
            relay.get(20, TimeUnit.SECONDS).close();

            queries.status = new AgentStatus("1", Optional.of("libvirt is gone"), 0, List.of());
            new CriProvider().serve(queries, settings).close();
        }
    }

    @Test
    void aRuntimeThatIsGoneIsUnavailableAtOnceAndBackWithinASecond() {
        try (RelayScenario relay = new RelayScenario()) {
            relay.runtime.answer(ECHO, request -> request);
            assertArrayEquals(WORD, RawCalls.unary(relay.through, ECHO, WORD));

            relay.runtime.stop();
            for (int i = 0; i < 5; i++) {
                long start = System.nanoTime();
                assertEquals(
                        Status.Code.UNAVAILABLE,
                        new TappedCall(relay.through, ECHO).takeAll().send(WORD).code());
                assertTrue(millisSince(start) < 1000, "it took " + millisSince(start) + " ms");
            }
            // By now gRPC itself would try again only every few seconds.
            sleep(4000);

            relay.runtime.start();
            long start = System.nanoTime();
            while (new TappedCall(relay.through, ECHO).takeAll().send(WORD).code() != Status.Code.OK) {
                assertTrue(millisSince(start) < 1000, "it took " + millisSince(start) + " ms");
                RelayScenario.pause();
            }
        }
    }

    @Test
    void callsUnderWayWhenTheRuntimeDiesEndAsTheyWouldWithoutUs() {
        try (RelayScenario relay = new RelayScenario()) {
            relay.runtime.silence(ECHO);
            TappedCall direct = new TappedCall(relay.direct, ECHO).takeAll().send(WORD);
            TappedCall through = new TappedCall(relay.through, ECHO).takeAll().send(WORD);
            RelayScenario.eventually("both have begun", () -> relay.runtime.calls.get() == 3);

            relay.runtime.stop();

            // It resets its calls and hangs up: which of both a caller hears first is chance, without us too.
            Set<Status.Code> possible = EnumSet.of(Status.Code.UNAVAILABLE, Status.Code.CANCELLED);
            assertTrue(possible.contains(direct.code()), () -> direct.code().toString());
            assertTrue(possible.contains(through.code()), () -> through.code().toString());
        }
    }

    @Test
    void itServesOnlyWhenTheRuntimeHasAnsweredVersion() {
        try (FakeRuntime runtime = new FakeRuntime(directory.resolve("runtime.sock"))) {
            CompletableFuture<Endpoint> serving = CompletableFuture.supplyAsync(() -> serve(settings));
            sleep(500);
            runtime.refuse(FakeRuntime.VERSION, Status.UNAVAILABLE, new Metadata());
            runtime.start();
            RelayScenario.eventually("it asks more than once", () -> runtime.calls.get() > 1);
            assertFalse(Files.exists(directory.resolve("relay.sock")));
            assertFalse(serving.isDone());

            runtime.answer(FakeRuntime.VERSION, request -> new byte[0]);

            serving.join().close();
        }
    }

    @Test
    void itDoesNotWaitLongerThanItShall() {
        String words =
                String.valueOf(assertThrows(EndpointException.class, () -> serve(settings.with("upstream-wait", "1s")))
                        .getMessage());

        assertTrue(
                words.startsWith("the container runtime at unix://" + directory.resolve("runtime.sock")
                        + " has not answered within 1000 ms (UNAVAILABLE, "),
                words);
        assertTrue(words.endsWith("start it, or change endpoint.cri.upstream or endpoint.cri.upstream-wait"), words);
        assertFalse(words.contains("\n"));
        assertFalse(Files.exists(directory.resolve("relay.sock")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/run/containerd/containerd.sock",
                "unix://",
                "unix://run/a.sock",
                "tcp://1.2.3.4:5",
                " ",
                "unix:///a\0b"
            })
    void anUpstreamThatIsNoSocketIsRefused(String upstream) {
        SettingsException refusal = assertThrows(
                SettingsException.class, () -> new CriProvider().socket(settings.with("upstream", upstream)));
        assertTrue(String.valueOf(refusal.getMessage()).contains("unix:///run/containerd/containerd.sock"));
    }

    @Test
    void itsOwnSocketIsNoUpstream() {
        String own = "unix://" + directory + "/./relay.sock";
        SettingsException refusal =
                assertThrows(SettingsException.class, () -> new CriProvider().socket(settings.with("upstream", own)));
        assertTrue(String.valueOf(refusal.getMessage()).contains("another socket than endpoint.cri.socket"));
    }

    private static long millisSince(long start) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }

    private static void sleep(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
