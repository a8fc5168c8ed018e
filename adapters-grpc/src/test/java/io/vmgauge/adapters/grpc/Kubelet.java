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
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * A well-behaved caller with a connection of its own, who asks for stats at a steady pace. Each answer's time is taken from
 * when its call was due, so that a server that stands still pays for every call that it holds up.
 *
 * <p>Served well means that while others misbehave the 99th percentile is at most 50 ms above that of the second before:
 * a machine that is busy with other things is slow in both, while a server that stands still for a tenth of a second is
 * so in one only. Six attempts, since the other things may begin between the two, and since what is attacked for the first
 * time has not been compiled yet; a blocked server fails them all.
 */
final class Kubelet implements AutoCloseable {
    private static final MethodDescriptor<byte[], byte[]> LIST =
            RawCalls.method("runtime.v1.RuntimeService/ListContainerStats", MethodDescriptor.MethodType.UNARY);
    private static final byte[] NOTHING = {};
    private static final int CALLS_PER_SECOND = 100;
    private static final int WARM_UP = 20;
    private static final int QUIET = 50;
    private static final int ATTACKED = 100;
    private static final long BOUND_MICROS = 50_000;
    private static final int ATTEMPTS = 6;

    /** One round of what somebody should not do. */
    interface Misdeed {
        void run() throws Exception;
    }

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final ManagedChannel channel;

    Kubelet(Path socket) {
        channel = RelayScenario.connect(socket, loop);
    }

    void isServedWellDuring(String what, Misdeed misdeed) {
        run(WARM_UP);
        StringBuilder seen = new StringBuilder();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long[] quiet = run(QUIET);
            long[] attacked;
            try (SteadyCallers hostile = new SteadyCallers(1, () -> attempt(misdeed))) {
                RelayScenario.eventually("it has begun", () -> hostile.calls() > 0);
                attacked = run(ATTACKED);
                seen.append(String.format(
                        Locale.ROOT,
                        "%s, %d rounds: p50 %d, p99 %d, max %d us; before p99 %d us%n",
                        what,
                        hostile.calls(),
                        percentile(attacked, 50),
                        percentile(attacked, 99),
                        percentile(attacked, 100),
                        percentile(quiet, 99)));
            }
            if (percentile(attacked, 99) <= percentile(quiet, 99) + BOUND_MICROS) {
                System.out.print("a kubelet among " + seen);
                return;
            }
        }
        assertTrue(seen.isEmpty(), seen::toString);
    }

    private static void attempt(Misdeed misdeed) {
        try {
            misdeed.run();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static long percentile(long[] sorted, int percent) {
        return sorted[(sorted.length * percent + 99) / 100 - 1];
    }

    /** Sorted, in microseconds. No call waits for the one before, or a slow server would be asked less often. */
    private long[] run(int calls) {
        AtomicLongArray micros = new AtomicLongArray(calls);
        List<ListenableFuture<byte[]>> answers = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < calls; i++) {
            int call = i;
            long due = start + i * (TimeUnit.SECONDS.toNanos(1) / CALLS_PER_SECOND);
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            ListenableFuture<byte[]> answer =
                    ClientCalls.futureUnaryCall(channel.newCall(LIST, CallOptions.DEFAULT), NOTHING);
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
