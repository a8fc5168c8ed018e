package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;

/**
 * A well-behaved caller with a connection of its own, who asks for stats at a steady pace. The time of each answer
 * counts from when its call was due, so that a server that stands still pays for every call that it holds up.
 */
final class Kubelet implements AutoCloseable {
    private static final MethodDescriptor<byte[], byte[]> LIST =
            RawCalls.method("runtime.v1.RuntimeService/ListContainerStats", MethodDescriptor.MethodType.UNARY);
    private static final byte[] NOTHING = {};
    private static final int CALLS_PER_SECOND = 100;

    /** One round of what somebody should not do. */
    interface Misdeed {
        void run() throws Exception;
    }

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final ManagedChannel channel;

    Kubelet(Path socket) {
        channel = RelayScenario.connect(socket, loop);
    }

    /**
     * Asks while somebody misbehaves without pause. Fails if a call is refused or gets no answer.
     *
     * @return what each call took, sorted, in microseconds
     */
    long[] runDuring(Misdeed misdeed, int calls) {
        try (SteadyCallers hostile = new SteadyCallers(1, () -> attempt(misdeed))) {
            RelayScenario.eventually("it has begun", () -> hostile.calls() > 0);
            return run(calls);
        }
    }

    private static void attempt(Misdeed misdeed) {
        try {
            misdeed.run();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    static long percentile(long[] sorted, int percent) {
        return sorted[(sorted.length * percent + 99) / 100 - 1];
    }

    /** Asks while nobody misbehaves. No call waits for the one before, or a slow server would be asked less often. */
    long[] run(int calls) {
        AtomicLongArray micros = new AtomicLongArray(calls);
        List<ListenableFuture<byte[]>> answers = new ArrayList<>();
        Pace pace = new Pace(CALLS_PER_SECOND);
        for (int i = 0; i < calls; i++) {
            int call = i;
            long due = pace.await(i);
            ListenableFuture<byte[]> answer = ClientCalls.futureUnaryCall(
                    channel.newCall(LIST, CallOptions.DEFAULT.withDeadlineAfter(60, TimeUnit.SECONDS)), NOTHING);
            answer.addListener(() -> micros.set(call, (System.nanoTime() - due) / 1000), Runnable::run);
            answers.add(answer);
        }
        answers.forEach(answer -> assertTrue(lengthOf(answer) > 0));
        return IntStream.range(0, calls).mapToLong(micros::get).sorted().toArray();
    }

    private static int lengthOf(ListenableFuture<byte[]> answer) {
        try {
            return answer.get().length;
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
