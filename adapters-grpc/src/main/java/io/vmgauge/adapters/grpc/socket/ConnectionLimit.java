package io.vmgauge.adapters.grpc.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vmgauge.domain.text.SafeText;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns callers away when all places are taken, so that no crowd makes the agent grow. Root and the agent's own user
 * may take all places: either could end the agent anyway. Any other user gets at most a quarter. A caller who says
 * nothing loses his place, see {@link FirstByteTimeout}. When the process can open no more files, further callers wait
 * until others have gone.
 */
public final class ConnectionLimit extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionLimit.class);
    private static final int SHARE = 4;
    private static final String OWN_USER = System.getProperty("user.name", "");

    private final int most;
    private final Duration greeting;
    /** Used on the event loop only. */
    private final Map<String, Integer> open = new HashMap<>();

    /** A caller may come and go as often as he likes, so not every time is logged. */
    private final LogThrottle full = new LogThrottle();

    private final LogThrottle deaf = new LogThrottle();

    public ConnectionLimit(int most, Duration greeting) {
        this.most = most;
        this.greeting = greeting;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
        Channel connection = (Channel) accepted;
        String user = PeerCredentials.user(connection);
        if (!hasPlace(user)) {
            connection.unsafe().closeForcibly();
            say(context, user);
            return;
        }
        open.merge(user, 1, Integer::sum);
        connection
                .closeFuture()
                .addListener(closed -> open.computeIfPresent(user, (same, count) -> count > 1 ? count - 1 : null));
        connection.pipeline().addLast(new FirstByteTimeout(greeting));
        context.fireChannelRead(accepted);
    }

    private boolean hasPlace(String user) {
        int all = open.values().stream().mapToInt(Integer::intValue).sum();
        int mine = open.getOrDefault(user, 0);
        return all < most
                && (PeerCredentials.isRoot(user) || user.equals(OWN_USER) || mine < Math.max(1, most / SHARE));
    }

    /** By itself Netty would try again at once, for ever, or log a stack trace every second. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        ChannelConfig config = context.channel().config();
        config.setAutoRead(false);
        var unused = context.executor().schedule(() -> config.setAutoRead(true), 1, TimeUnit.SECONDS);
        if (deaf.isDue(context.executor())) {
            LOG.warn(
                    "no further callers can be let in: {}; they wait until others go: raise this process's limit of open files",
                    SafeText.line(String.valueOf(cause.getMessage())));
        }
    }

    private void say(ChannelHandlerContext context, String user) {
        if (full.isDue(context.executor())) {
            LOG.warn(
                    "{} callers are connected, {} of them as {}, whose next one is turned away: a user other than root may"
                            + " have a quarter of the {} places (endpoint.cri.max-connections)",
                    open.values().stream().mapToInt(Integer::intValue).sum(),
                    open.getOrDefault(user, 0),
                    SafeText.line(user),
                    most);
        }
    }
}
