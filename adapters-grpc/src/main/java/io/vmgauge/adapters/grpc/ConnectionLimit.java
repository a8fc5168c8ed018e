package io.vmgauge.adapters.grpc;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands before the socket and turns away whoever comes when all places are taken, so that no crowd of callers makes the
 * agent grow.
 */
final class ConnectionLimit extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(ConnectionLimit.class);

    private final int most;
    private final AtomicInteger open = new AtomicInteger();
    private volatile boolean full;

    ConnectionLimit(int most) {
        this.most = most;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
        Channel connection = (Channel) accepted;
        if (open.get() >= most) {
            connection.unsafe().closeForcibly();
            say(true);
            return;
        }
        open.incrementAndGet();
        connection.closeFuture().addListener(closed -> {
            open.decrementAndGet();
            say(false);
        });
        context.fireChannelRead(accepted);
    }

    private void say(boolean isFull) {
        if (isFull && !full) {
            log.warn("{} callers are connected: further ones are turned away (endpoint.cri.max-connections)", most);
        }
        full = isFull;
    }
}
