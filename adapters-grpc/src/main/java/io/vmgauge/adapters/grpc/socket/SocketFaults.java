package io.vmgauge.adapters.grpc.socket;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.spi.EndpointException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** Why a socket could not be read, in words that say what to do. */
public final class SocketFaults {
    private final Path socket;

    public SocketFaults(Path socket) {
        this.socket = socket;
    }

    /** Throws what can be seen without a call. */
    public void look() {
        if (socket.toString().getBytes(StandardCharsets.UTF_8).length > UnixSocket.LONGEST_PATH) {
            throw new EndpointException(name() + " is no socket's path: it has more than " + UnixSocket.LONGEST_PATH
                    + " bytes, which is all that fits into a socket's address");
        }
        try {
            if (!SocketProbe.isSocket(socket.toRealPath())) {
                throw new EndpointException(name() + " is not a socket: see --socket");
            }
        } catch (NoSuchFileException e) {
            throw new EndpointException("no socket at " + name() + ": is vmgauge serve running there? see --socket", e);
        } catch (AccessDeniedException e) {
            throw new EndpointException(
                    "no permission to look into the directory of " + name() + ": try as root, or join its group", e);
        } catch (IOException e) {
            throw new EndpointException("cannot look at " + name() + ": " + FileErrors.reason(e), e);
        }
    }

    public EndpointException explain(StatusRuntimeException e, int seconds) {
        return new EndpointException(words(e.getStatus(), seconds), e);
    }

    private String words(Status status, int seconds) {
        if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
            return name() + " did not answer within " + seconds + " s";
        }
        if (status.getCode() == Status.Code.UNIMPLEMENTED) {
            return name() + " is no CRI runtime, or has no stats: " + description(status);
        }
        Throwable cause = rootOf(status.getCause());
        if (cause instanceof ConnectException) {
            return "nobody listens on " + name() + " any more: start vmgauge serve again, or see --socket";
        }
        if (cause instanceof IOException && String.valueOf(cause.getMessage()).contains("Permission denied")) {
            return "no permission to use " + name() + allowed() + ": try as root, or join that group";
        }
        if (cause instanceof IOException || status.getCode() == Status.Code.INTERNAL) {
            return name() + " does not speak CRI: " + description(status);
        }
        return name() + " refused: " + status.getCode() + ", " + description(status);
    }

    /** Whom the socket's mode lets in, in brackets. */
    private String allowed() {
        try {
            PosixFileAttributes file = Files.readAttributes(socket, PosixFileAttributes.class);
            return " (owner " + SafeText.line(file.owner().getName()) + ", group "
                    + SafeText.line(file.group().getName()) + ", " + PosixFilePermissions.toString(file.permissions())
                    + ")";
        } catch (IOException e) {
            return "";
        }
    }

    private static String description(Status status) {
        String text = status.getDescription();
        Throwable cause = rootOf(status.getCause());
        return SafeText.line(
                text != null ? text : String.valueOf(cause == null ? status.getCode() : cause.getMessage()));
    }

    private static @Nullable Throwable rootOf(@Nullable Throwable e) {
        Throwable root = e;
        while (root != null && root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    private String name() {
        return SafeText.line(socket.toString());
    }
}
