package io.vmgauge.adapters.grpc.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;

/**
 * Keeps one slow stream from stopping all others of its connection. gRPC gives the connection as large a window as each
 * of its streams, so a single reader that pauses would fill both; nothing but this reaches the one without the other.
 * What each stream may hold stays as it is. It takes effect with the first bytes that arrive, and leaves.
 */
public final class ConnectionFlowWindow extends ChannelInboundHandlerAdapter {
    /** Enough for a thousand streams that all stand still. */
    private static final int BYTES = 1 << 30;

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) throws Http2Exception {
        Http2ConnectionHandler http2 = context.pipeline().get(Http2ConnectionHandler.class);
        if (http2 != null) {
            context.pipeline().remove(this);
            Http2Connection connection = http2.connection();
            connection.local().flowController().incrementWindowSize(connection.connectionStream(), BYTES);
        }
        context.fireChannelRead(bytes);
    }

    /** Gives one to each connection that a server accepts. */
    public static final class OfAccepted extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object accepted) {
            ((Channel) accepted).pipeline().addLast(new ConnectionFlowWindow());
            context.fireChannelRead(accepted);
        }
    }
}
