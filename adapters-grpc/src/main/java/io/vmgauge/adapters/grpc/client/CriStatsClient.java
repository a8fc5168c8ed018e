package io.vmgauge.adapters.grpc.client;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersRequest;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxStatsRequest;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxStatsResponse;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.vmgauge.adapters.grpc.cri.StatusRequest;
import io.vmgauge.adapters.grpc.labels.KubernetesLabels;
import io.vmgauge.adapters.grpc.socket.SocketFaults;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.spi.EndpointException;
import io.vmgauge.ports.spi.StatsClient;
import io.vmgauge.ports.spi.StatsReport;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Reads the stats of any CRI runtime. Only ListContainerStats has to work. The other calls add what they can; a runtime
 * may lack them.
 */
public final class CriStatsClient implements StatsClient {
    private static final int SECONDS = 3;
    /** As much as kubelets take. */
    private static final int LARGEST_RESPONSE = 16 << 20;

    private final SocketFaults faults;
    private final EventLoopGroup loop;
    private final ManagedChannel channel;

    public CriStatsClient(Path socket) {
        this.faults = new SocketFaults(socket);
        this.loop = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("cri-client", true), NioIoHandler.newFactory());
        this.channel = NettyChannelBuilder.forAddress(
                        UnixDomainSocketAddress.of(socket), InsecureChannelCredentials.create())
                .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
                .eventLoopGroup(loop)
                .withOption(ChannelOption.SO_KEEPALIVE, null)
                .overrideAuthority("localhost")
                .directExecutor()
                .maxInboundMessageSize(LARGEST_RESPONSE)
                .disableRetry()
                .build();
    }

    @Override
    public StatsReport read() {
        faults.look();
        // One deadline for all three calls.
        RuntimeServiceBlockingStub runtime =
                RuntimeServiceGrpc.newBlockingStub(channel).withDeadlineAfter(SECONDS, TimeUnit.SECONDS);
        ListContainerStatsResponse stats;
        try {
            stats = runtime.listContainerStats(ListContainerStatsRequest.getDefaultInstance());
        } catch (StatusRuntimeException e) {
            // Otherwise the next try would wait for gRPC's own backoff, which grows.
            channel.resetConnectBackoff();
            throw faults.explain(e, SECONDS);
        }
        ListPodSandboxStatsResponse pods = orElse(
                () -> runtime.listPodSandboxStats(ListPodSandboxStatsRequest.getDefaultInstance()),
                ListPodSandboxStatsResponse.getDefaultInstance());
        ListContainersResponse containers = stats.getStatsList().stream().allMatch(CriStatsClient::isNamed)
                ? ListContainersResponse.getDefaultInstance()
                : orElse(
                        () -> runtime.listContainers(ListContainersRequest.getDefaultInstance()),
                        ListContainersResponse.getDefaultInstance());
        return new StatsReport(new StatsRows(pods, containers).of(stats), () -> json(stats));
    }

    /**
     * The details that a runtime says of itself.
     *
     * @throws EndpointException if it does not answer
     */
    public Map<String, String> details() {
        faults.look();
        try {
            return RuntimeServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(SECONDS, TimeUnit.SECONDS)
                    .status(StatusRequest.newBuilder().setVerbose(true).build())
                    .getInfoMap();
        } catch (StatusRuntimeException e) {
            throw faults.explain(e, SECONDS);
        }
    }

    private static boolean isNamed(ContainerStats stats) {
        return stats.getAttributes().containsLabels(KubernetesLabels.POD_NAME);
    }

    private static <A> A orElse(Supplier<A> call, A nothing) {
        try {
            return call.get();
        } catch (StatusRuntimeException notOffered) {
            return nothing;
        }
    }

    private static String json(ListContainerStatsResponse stats) {
        try {
            return JsonFormat.printer().alwaysPrintFieldsWithNoPresence().print(stats);
        } catch (InvalidProtocolBufferException e) {
            throw new EndpointException(
                    "the answer cannot be written as JSON: " + SafeText.line(String.valueOf(e.getMessage())), e);
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
        loop.shutdownGracefully(0, 500, TimeUnit.MILLISECONDS).awaitUninterruptibly(500);
    }
}
