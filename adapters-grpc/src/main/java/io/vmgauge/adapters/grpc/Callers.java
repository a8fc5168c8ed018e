package io.vmgauge.adapters.grpc;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.nio.NioChannelOption;
import io.vmgauge.ports.spi.EndpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the kernel who calls, and turns away whom the socket's mode was not meant for: a second lock, should the file's be
 * open for a moment or by a mistake. It lets in root; the user that vmgauge runs as; and, if the mode lets the group
 * write, whoever has the group as his own or is listed with it in {@code /etc/group}. A mode that lets everybody write
 * lets in everybody. Of a caller's further groups the JDK tells nothing, so one who has the group from elsewhere (a
 * directory service, a container's settings) is turned away: in doubt, it stays closed.
 */
final class Callers extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(Callers.class);

    private static final ChannelOption<UnixDomainPrincipal> CREDENTIALS =
            NioChannelOption.of(ExtendedSocketOptions.SO_PEERCRED);
    private static final int MOST_TOLD = 16;

    private final Set<PosixFilePermission> mode;
    private final UserPrincipal self;
    private final GroupPrincipal group;
    private final Path groups;
    private final Set<String> told = new HashSet<>();

    private Callers(Set<PosixFilePermission> mode, UserPrincipal self, GroupPrincipal group, Path groups) {
        this.mode = mode;
        this.self = self;
        this.group = group;
        this.groups = groups;
    }

    static Callers of(CriSettings settings) {
        return of(settings, Path.of("/etc/group"));
    }

    static Callers of(CriSettings settings, Path groups) {
        try {
            PosixFileAttributes own = Files.readAttributes(Path.of("/proc/self"), PosixFileAttributes.class);
            GroupPrincipal group = UnixSocket.group(settings).orElse(own.group());
            return new Callers(settings.mode(), own.owner(), group, groups);
        } catch (IOException e) {
            throw new EndpointException("cannot tell who runs this process: " + UnixSocket.reason(e), e);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
        Channel connection = (Channel) accepted;
        UnixDomainPrincipal caller = connection.config().getOption(CREDENTIALS);
        if (caller == null || !mayConnect(caller)) {
            connection.unsafe().closeForcibly();
            tell(caller == null ? "somebody" : Words.line(caller.user().getName()));
            return;
        }
        context.fireChannelRead(accepted);
    }

    boolean mayConnect(UnixDomainPrincipal caller) {
        return mode.contains(PosixFilePermission.OTHERS_WRITE)
                || isRoot(caller.user().getName())
                || caller.user().equals(self)
                || (mode.contains(PosixFilePermission.GROUP_WRITE)
                        && (caller.group().equals(group)
                                || isListed(caller.user().getName())));
    }

    /** Whether this user is listed with the group: name, password, number, members. */
    private boolean isListed(String user) {
        try (Stream<String> lines = Files.lines(groups)) {
            return lines.map(line -> line.split(":", -1))
                    .filter(fields -> fields.length == 4)
                    .filter(fields -> fields[0].equals(group.getName()) || fields[2].equals(group.getName()))
                    .anyMatch(fields -> Arrays.asList(fields[3].split(",", -1)).contains(user));
        } catch (IOException | RuntimeException unreadable) {
            return false;
        }
    }

    /** Once for each of the first few, lest they fill the log. */
    private void tell(String caller) {
        if (told.size() < MOST_TOLD && told.add(caller)) {
            log.warn(
                    "{} may not connect and was turned away: callers are root, or in the group {} (endpoint.cri.group)",
                    caller,
                    group.getName());
        }
    }

    /** The name of the user at the other end, or its number if it has none; empty if the kernel does not say. */
    static String user(Channel connection) {
        UnixDomainPrincipal caller = connection.config().getOption(CREDENTIALS);
        return caller == null ? "" : caller.user().getName();
    }

    /** By its name: in a container the table of users, which would tell its number, may be missing or locked. */
    static boolean isRoot(String user) {
        return user.equals("root") || user.equals("0");
    }
}
