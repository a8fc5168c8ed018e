package io.vmgauge.adapters.grpc;

import io.vmgauge.adapters.grpc.cri.ContainerAttributes;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxStatsResponse;
import io.vmgauge.adapters.grpc.cri.PodSandboxAttributes;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.adapters.grpc.overlay.Overlay;
import io.vmgauge.adapters.grpc.overlay.OverlayScenario;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * Overlays one VM in the largest answer that a kubelet takes, and prints its length before and after. It is a program,
 * since it tests the heap that the agent has.
 */
public final class LargeAnswer {
    private LargeAnswer() {}

    public static void main(String[] arguments) throws IOException {
        OverlayScenario relay = new OverlayScenario(FakeQueries.FULL).runs("vm");
        byte[] vm = pod("vm");
        byte[] other = pod("other");
        // As from the network, whose buffers are outside of the heap.
        ByteBuffer wire = ByteBuffer.allocateDirect(Overlay.MOST_BYTES);
        while (wire.remaining() > vm.length + 2 * other.length) {
            wire.put(other);
        }
        wire.put(vm).flip();
        int before = wire.remaining();
        long after = relay.overlay
                .of("runtime.v1.RuntimeService/ListPodSandboxStats")
                .apply(new Arrived(wire))
                .transferTo(OutputStream.nullOutputStream());
        System.out.println(before + " " + after);
    }

    private static byte[] pod(String id) {
        ContainerAttributes.Builder who = OverlayScenario.attributes(id);
        for (int i = 0; i < 50; i++) {
            who.putAnnotations("example.org/annotation-" + i, "x".repeat(1000));
        }
        return ListPodSandboxStatsResponse.newBuilder()
                .addStats(PodSandboxStats.newBuilder()
                        .setAttributes(PodSandboxAttributes.newBuilder().setId(id))
                        .setLinux(OverlayScenario.pod(
                                50, 20, OverlayScenario.told(id, 50, 5).setAttributes(who))))
                .build()
                .toByteArray();
    }

    private static final class Arrived extends InputStream {
        private final ByteBuffer left;

        Arrived(ByteBuffer left) {
            this.left = left;
        }

        @Override
        public int read() {
            return left.hasRemaining() ? left.get() & 0xff : -1;
        }

        @Override
        public int read(byte[] into, int from, int most) {
            int length = Math.min(most, left.remaining());
            left.get(into, from, length);
            return length == 0 && most > 0 ? -1 : length;
        }

        @Override
        public int available() {
            return left.remaining();
        }
    }
}
