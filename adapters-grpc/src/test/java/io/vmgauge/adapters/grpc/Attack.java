package io.vmgauge.adapters.grpc;

import io.grpc.ManagedChannel;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** One round of what callers should not do, on the socket or over a connection to it. */
enum Attack {
    A_THOUSAND_CONNECTIONS {
        @Override
        void round(Path socket, ManagedChannel channel) {
            crowd(socket, new byte[0]);
        }
    },
    A_THOUSAND_CONNECTIONS_THAT_GREET {
        @Override
        void round(Path socket, ManagedChannel channel) {
            crowd(socket, Garbage.preface());
        }
    },
    REQUESTS_OF_32_MIB {
        @Override
        void round(Path socket, ManagedChannel channel) {
            new TappedCall(channel, STATS).takeAll().send(new byte[32 << 20]).code();
        }
    },
    /** A byte at a time. */
    SLOW_REQUESTS {
        @Override
        void round(Path socket, ManagedChannel channel) throws IOException {
            try (EndlessRequests slow = new EndlessRequests(socket)) {
                slow.begin(CALLS);
                for (int i = 0; i < 20; i++) {
                    slow.goOn(CALLS);
                }
                slow.settle();
            }
        }
    },
    /** As much of each as fits into one piece. */
    ENDLESS_REQUESTS {
        @Override
        void round(Path socket, ManagedChannel channel) throws IOException {
            try (EndlessRequests endless = new EndlessRequests(socket)) {
                endless.begin(CALLS, EndlessRequests.LARGEST_PIECE);
                endless.settle();
            }
        }
    },
    GARBAGE_ON_THE_SOCKET {
        @Override
        void round(Path socket, ManagedChannel channel) throws IOException {
            Garbage.pour(socket, 20, System.nanoTime());
        }
    },
    GARBAGE_IN_REQUESTS {
        @Override
        void round(Path socket, ManagedChannel channel) {
            Random random = new Random();
            for (int i = 0; i < 20; i++) {
                byte[] body = new byte[1 + random.nextInt(100)];
                random.nextBytes(body);
                new TappedCall(channel, STATS).takeAll().send(body).code();
            }
        }
    },
    HUNDREDS_OF_CALLS_AT_ONCE {
        @Override
        void round(Path socket, ManagedChannel channel) {
            List<TappedCall> calls = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                calls.add(new TappedCall(channel, STATS).takeAll().send(new byte[0]));
            }
            calls.forEach(TappedCall::code);
        }
    };

    private static final String STATS = "runtime.v1.RuntimeService/ContainerStats";
    /** As many as one connection may have. */
    private static final int CALLS = 32;

    abstract void round(Path socket, ManagedChannel channel) throws IOException;

    private static void crowd(Path socket, byte[] greeting) {
        List<SocketChannel> crowd = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            try {
                SocketChannel one = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                crowd.add(one);
                one.write(ByteBuffer.wrap(greeting));
            } catch (IOException turnedAway) {
                // As most of them should be.
            }
        }
        for (SocketChannel one : crowd) {
            try {
                one.close();
            } catch (IOException gone) {
                // All the better.
            }
        }
    }
}
