package io.vmgauge.adapters.grpc;

import io.grpc.InsecureServerCredentials;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

/** gRPC servers on unix sockets that are not vmgauge's own. */
final class UnixServers {
    private UnixServers() {}

    /** A server without services yet, all of whose work is done on that event loop. */
    static NettyServerBuilder on(Path socket, EventLoopGroup loop) {
        return NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket), InsecureServerCredentials.create())
                .channelFactory(NioServerDomainSocketChannel::new)
                .withChildOption(ChannelOption.SO_KEEPALIVE, null)
                .bossEventLoopGroup(loop)
                .workerEventLoopGroup(loop)
                .directExecutor();
    }
}
