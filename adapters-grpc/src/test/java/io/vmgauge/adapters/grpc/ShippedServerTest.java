package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What depends on the memory and the log that the agent is shipped with. */
class ShippedServerTest {
    private final Path directory = CriScenario.temporaryDirectory();
    private final Path socket = directory.resolve("s");
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    @AfterEach
    void close() throws IOException {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        Files.deleteIfExists(directory.resolve("runtime"));
        Files.deleteIfExists(socket);
        Files.delete(directory);
    }

    @Test
    void whoComesAndGoesAndIsTurnedAwayEachTimeFillsNoLog() throws IOException {
        Deque<SocketChannel> held = new ArrayDeque<>();
        try (ShippedServer server = ShippedServer.on(socket, 1, "max-connections=4")) {
            int refused = 0;
            for (int i = 0; i < 500; i++) {
                SocketChannel one = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                if (isLetIn(one)) {
                    held.add(one);
                } else {
                    refused++;
                    one.close();
                    held.remove().close();
                }
            }
            assertTrue(refused > 100, refused + " times turned away");
            assertEquals(
                    1,
                    server.log()
                            .lines()
                            .filter(line -> line.contains("callers are connected"))
                            .count());
        } finally {
            for (SocketChannel one : held) {
                one.close();
            }
        }
    }

    private static boolean isLetIn(SocketChannel caller) {
        try {
            caller.write(ByteBuffer.wrap(Garbage.preface()));
            return caller.read(ByteBuffer.allocate(9)) > 0;
        } catch (IOException turnedAway) {
            return false;
        }
    }

    @Test
    void eightMessagesOf16MiBPassAtOnceAndOf64ManyAreRefusedAndNothingWorseComesOfIt() throws Exception {
        Path runtime = directory.resolve("runtime");
        List<String> command = new ArrayList<>(ShippedServer.javaWith(
                List.of(
                        "-Xmx256m",
                        "-XX:MaxDirectMemorySize=1500m",
                        "-XX:TieredStopAtLevel=1",
                        ShippedServer.logging()),
                LargeRuntimeProgram.class));
        command.add(runtime.toString());
        Process large = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        ManagedChannel channel = RelayScenario.connect(socket, loop);
        ManagedChannel other = RelayScenario.connect(socket, loop);
        try (ShippedServer server = ShippedServer.on(socket, 1, "upstream=unix://" + runtime)) {
            assertEquals(Map.of(Status.Code.OK, 8), askFor(8, channel));
            try (SteadyCallers small = new SteadyCallers(1, () -> echoOrRefusal(other))) {
                int before = small.calls();
                Map<Status.Code, Integer> many = askFor(64, channel);
                System.out.println("of 64 messages of 16 MiB: " + many);
                assertTrue(many.getOrDefault(Status.Code.RESOURCE_EXHAUSTED, 0) > 16, many::toString);
                many.keySet().removeAll(List.of(Status.Code.OK, Status.Code.RESOURCE_EXHAUSTED));
                assertEquals(Map.of(), many);
                RelayScenario.eventually("other calls go on", () -> small.calls() > before + 5);
            }
            assertArrayEquals(new byte[] {7}, RawCalls.unary(other, LargeRuntimeProgram.ECHO, new byte[] {7}));
            assertEquals(Map.of(Status.Code.OK, 8), askFor(8, channel), server::log);
        } finally {
            channel.shutdownNow();
            other.shutdownNow();
            large.destroyForcibly().waitFor();
        }
    }

    /** While the memory is used up, a small call may be refused too. */
    private static void echoOrRefusal(ManagedChannel channel) {
        try {
            assertArrayEquals(new byte[] {7}, RawCalls.unary(channel, LargeRuntimeProgram.ECHO, new byte[] {7}));
        } catch (StatusRuntimeException e) {
            assertEquals(Status.Code.RESOURCE_EXHAUSTED, e.getStatus().getCode());
        }
    }

    /** How so many calls at once end, if each answer has 16 MiB. */
    private static Map<Status.Code, Integer> askFor(int calls, ManagedChannel channel) {
        MethodDescriptor<byte[], Integer> method = MethodDescriptor.newBuilder(RawCalls.BYTES, new Length())
                .setFullMethodName(LargeRuntimeProgram.LARGE)
                .setType(MethodDescriptor.MethodType.UNARY)
                .build();
        List<ListenableFuture<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            answers.add(ClientCalls.futureUnaryCall(
                    channel.newCall(method, CallOptions.DEFAULT.withDeadlineAfter(60, TimeUnit.SECONDS)), new byte[0]));
        }
        Map<Status.Code, Integer> ends = new EnumMap<>(Status.Code.class);
        for (ListenableFuture<Integer> answer : answers) {
            ends.merge(codeOf(answer), 1, Integer::sum);
        }
        return ends;
    }

    private static Status.Code codeOf(Future<Integer> answer) {
        try {
            assertEquals(LargeRuntimeProgram.BYTES, answer.get());
            return Status.Code.OK;
        } catch (ExecutionException e) {
            return Status.fromThrowable(e).getCode();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Takes an answer that nobody wants to keep. */
    private static final class Length implements MethodDescriptor.Marshaller<Integer> {
        @Override
        public InputStream stream(Integer value) {
            return new ByteArrayInputStream(new byte[value]);
        }

        @Override
        public Integer parse(InputStream stream) {
            try {
                int length = 0;
                byte[] some = new byte[1 << 16];
                for (int read = stream.read(some); read >= 0; read = stream.read(some)) {
                    length += read;
                }
                return length;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
