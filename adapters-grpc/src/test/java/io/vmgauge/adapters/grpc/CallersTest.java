package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ManagedChannel;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.vmgauge.domain.identity.VmState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jdk.net.UnixDomainPrincipal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may connect, and what a crowd of those who may can do to others. Needs root, to be somebody else. */
class CallersTest {
    private static final String NOBODY = "65534";
    private static final String DAEMON = "1";

    private final List<CriScenario> served = new ArrayList<>();
    private final List<AutoCloseable> held = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : held) {
            each.close();
        }
        served.forEach(CriScenario::close);
    }

    private CriScenario serve(Map<String, String> settings) throws IOException {
        CriScenario cri = new CriScenario(settings);
        served.add(cri);
        cri.queries.add(FakeQueries.placement("pod-a", "web-0", "aaa", Map.of()), VmState.RUNNING, FakeQueries.FULL);
        Files.setPosixFilePermissions(cri.directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        return cri;
    }

    /** As if somebody had opened the socket's file to all by mistake: then the file's mode keeps out nobody. */
    private static void open(CriScenario cri) throws IOException {
        Files.setPosixFilePermissions(cri.socket, PosixFilePermissions.fromString("rw-rw-rw-"));
    }

    @ParameterizedTest
    @CsvSource({
        "0660, daemon, 0,     0,     1",
        "0660, daemon, 65534, 65534, 0",
        "0660, daemon, 65534, 1,     1",
        "0600, daemon, 65534, 1,     0",
        "0660, '',     65534, 65534, 0",
        "0666, '',     65534, 65534, 1"
    })
    void theKernelIsAskedWhoCallsEvenIfTheFileIsOpenToAll(String mode, String group, String user, String own, int let)
            throws Exception {
        CriScenario cri = serve(Map.of("mode", mode, "group", group));
        open(cri);
        assertEquals(let, knock(cri, user, own, 1));
        servesOn(cri.runtime);
    }

    @Test
    void withoutTheOpenFileTheModeKeepsThemOutAlready() throws Exception {
        CriScenario cri = serve(Map.of("mode", "0660", "group", "daemon"));
        assertEquals(0, knock(cri, NOBODY, NOBODY, 1));
        assertEquals(1, knock(cri, NOBODY, DAEMON, 1));
    }

    @Test
    void whoIsListedWithTheGroupIsLetInAndNobodyElse() throws Exception {
        Path groups = Files.createTempFile("groups", "");
        held.add(() -> Files.delete(groups));
        Files.writeString(
                groups,
                "root:x:0:\nnonsense\ndaemon:x:1:alice,nobody,nobody\nsudo:x:27:games\n:::\ndaemonic:x:9:games\n");
        CriSettings settings = CriSettings.of(CriSection.at("/tmp/s").with("group", "daemon"));
        assertTrue(Callers.of(settings, groups).mayConnect(caller("nobody", "nogroup")));
        assertFalse(Callers.of(settings, groups).mayConnect(caller("games", "games")));
        Path missing = groups.resolveSibling(groups.getFileName() + "-missing");
        assertFalse(Callers.of(settings, missing).mayConnect(caller("nobody", "nogroup")));
        assertTrue(Callers.of(settings, missing).mayConnect(caller("root", "root")));
    }

    private static UnixDomainPrincipal caller(String user, String group) throws IOException {
        UserPrincipalLookupService accounts = Path.of("/").getFileSystem().getUserPrincipalLookupService();
        return new UnixDomainPrincipal(
                accounts.lookupPrincipalByName(user), accounts.lookupPrincipalByGroupName(group));
    }

    @Test
    void aThousandConnectionsOfOneUserLeaveRoomForRootOldAndNew() throws Exception {
        CriScenario cri = serve(Map.of("mode", "0666"));
        servesOn(cri.runtime);
        assertEquals(16, knock(cri, NOBODY, NOBODY, 1000));

        servesOn(cri.runtime);
        ManagedChannel kubelet = cri.connect();
        held.add(kubelet::shutdownNow);
        servesOn(RuntimeServiceGrpc.newBlockingStub(kubelet).withDeadlineAfter(20, TimeUnit.SECONDS));
    }

    @Test
    void aThousandSilentConnectionsOfRootItselfAreHungUpOn() throws Exception {
        CriScenario cri = serve(Map.of("greeting-timeout", "1s"));
        servesOn(cri.runtime);
        for (int i = 0; i < 1000; i++) {
            SocketChannel silent = SocketChannel.open(UnixDomainSocketAddress.of(cri.socket));
            held.add(silent);
        }
        servesOn(cri.runtime);
        ManagedChannel kubelet = cri.connect();
        held.add(kubelet::shutdownNow);
        servesOn(
                RuntimeServiceGrpc.newBlockingStub(kubelet).withWaitForReady().withDeadlineAfter(30, TimeUnit.SECONDS));
    }

    private static void servesOn(RuntimeServiceBlockingStub runtime) {
        assertEquals(
                1,
                runtime.listContainerStats(ListContainerStatsRequest.getDefaultInstance())
                        .getStatsCount());
    }

    /** How many connections of that user and group were answered; they are held until the test ends. */
    private int knock(CriScenario cri, String user, String group, int times) throws Exception {
        Path classes = Files.createTempDirectory("knock");
        Files.setPosixFilePermissions(classes, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path file = classes.resolve(Knock.class.getName().replace('.', '/') + ".class");
        Files.createDirectories(file.getParent());
        try (InputStream code = Knock.class.getResourceAsStream("Knock.class")) {
            Files.write(file, code.readAllBytes());
        }
        Process process = new ProcessBuilder(
                        "setpriv",
                        "--reuid=" + user,
                        "--regid=" + group,
                        "--clear-groups",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classes.toString(),
                        Knock.class.getName(),
                        cri.socket.toString(),
                        Integer.toString(times))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        held.add(() -> {
            process.destroyForcibly().waitFor();
            try (Stream<Path> all = Files.walk(classes)) {
                for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        });
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        return Integer.parseInt(out.readLine());
    }
}
