package io.vmgauge.adapters.grpc.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;

/**
 * Keeps one slow stream from stopping all others of its connection. gRPC gives a connection the same window as each of
 * its streams, so a single reader that pauses would fill both. gRPC has no setting for the connection alone. The window
 * of each stream stays as it is. This handler acts on the first bytes that arrive, then removes itself.
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
