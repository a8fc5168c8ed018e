package io.vmgauge.adapters.grpc;

import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands before the socket and turns away whoever comes when all places are taken, so that no crowd of callers makes the
 * agent grow. When the process itself has no file left for another caller, all further ones wait, until some have gone.
 */
final class ConnectionLimit extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(ConnectionLimit.class);

    private final int most;
    private final AtomicInteger open = new AtomicInteger();
    private volatile boolean full;
    private volatile boolean deaf;

    ConnectionLimit(int most) {
        this.most = most;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
        deaf = false;
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

    /** Netty would try again at once and for ever, or tell every second where in its code it could not. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        ChannelConfig config = context.channel().config();
        config.setAutoRead(false);
        var unused = context.executor().schedule(() -> config.setAutoRead(true), 1, TimeUnit.SECONDS);
        if (!deaf) {
            log.warn(
                    "no further callers can be let in: {}; they wait until others go, or allow this process more files",
                    Words.line(String.valueOf(cause.getMessage())));
        }
        deaf = true;
    }

    private void say(boolean isFull) {
        if (isFull && !full) {
            log.warn("{} callers are connected: further ones are turned away (endpoint.cri.max-connections)", most);
        }
        full = isFull;
    }
}
