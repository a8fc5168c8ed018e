package io.vmgauge.adapters.grpc.socket;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Closes a connection whose caller sends nothing in time. It removes itself with the first bytes that arrive. */
final class FirstByteTimeout extends ChannelInboundHandlerAdapter {
    private final Duration patience;
    private @Nullable Future<?> end;

    FirstByteTimeout(Duration patience) {
        this.patience = patience;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        end = context.executor().schedule(() -> hangUp(context), patience.toMillis(), TimeUnit.MILLISECONDS);
        context.fireChannelActive();
    }

    private static void hangUp(ChannelHandlerContext context) {
        ChannelFuture unused = context.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
        context.pipeline().remove(this);
        context.fireChannelRead(bytes);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (end != null) {
            end.cancel(false);
        }
    }
}
