package io.vmgauge.adapters.grpc.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.nio.NioChannelOption;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

/**
 * The user at the other end of a connection, as the kernel says (SO_PEERCRED). It is for limits only: the socket's mode
 * decides who may connect.
 */
final class PeerCredentials {
    private static final ChannelOption<UnixDomainPrincipal> CREDENTIALS =
            NioChannelOption.of(ExtendedSocketOptions.SO_PEERCRED);

    private PeerCredentials() {}

    /** The name of the user at the other end, or its number if it has none; empty if the kernel does not say. */
    static String user(Channel connection) {
        UnixDomainPrincipal caller = connection.config().getOption(CREDENTIALS);
        return caller == null ? "" : caller.user().getName();
    }

    /**
     * Whether a user is root, by its name: in a container the table of users, which has its number, may be missing or
     * locked.
     */
    static boolean isRoot(String user) {
        return user.equals("root") || user.equals("0");
    }
}
