package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.grpc.ManagedChannel;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.ports.spi.EndpointException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may connect, and what a crowd of callers can do to others. Needs root, to run as other users. */
class CallersIT {
    private static final String NOBODY = "65534";

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

    /** The caller may have the group as a supplementary one, as a container or a directory service gives it. */
    @ParameterizedTest
    @CsvSource({
        "0660, daemon, 0,     0,     '',   1",
        "0660, daemon, 65534, 65534, '',   0",
        "0660, daemon, 65534, 1,     '',   1",
        "0660, daemon, 65534, 65534, 1,    1",
        "0660, daemon, 65534, 65534, '4,1', 1",
        "0660, daemon, 65534, 65534, 4,    0",
        "0600, daemon, 65534, 1,     1,    0",
        "0660, '',     65534, 65534, '',   0",
        "0666, '',     65534, 65534, '',   1"
    })
    void theKernelLetsInWhomTheModeIsMeantFor(
            String mode, String group, String user, String own, String further, int let) throws Exception {
        CriScenario cri = serve(Map.of("mode", mode, "group", group));
        assertEquals(let, knock(cri, user, own, further, 1));
        servesOn(cri.runtime);
    }

    @Test
    void aPrivateDirectoryOfAnotherUserIsRefused(@TempDir Path directory) throws IOException {
        Path socket = directory.resolve("cri.sock");
        Path left = Files.createDirectory(directory.resolve(".vmgauge"));
        Files.setAttribute(left, "unix:uid", Integer.valueOf(NOBODY));

        EndpointException refusal = assertThrows(EndpointException.class, () -> new CriProvider()
                .serve(new FakeQueries(), CriSection.at(socket.toString())));

        assertEquals(
                "cannot serve on " + socket + ": " + left + " is in the way and belongs to another user: remove it",
                refusal.getMessage());
    }

    @Test
    void aThousandConnectionsOfOneUserLeaveRoomForRootOldAndNew() throws Exception {
        CriScenario cri = serve(Map.of("mode", "0666"));
        servesOn(cri.runtime);
        assertEquals(16, knock(cri, NOBODY, NOBODY, "", 1000));

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

    /** How many connections of that user and group were answered. They stay open until the test ends. */
    private int knock(CriScenario cri, String user, String group, String further, int times) throws Exception {
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
                        further.isEmpty() ? "--clear-groups" : "--groups=" + further,
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
