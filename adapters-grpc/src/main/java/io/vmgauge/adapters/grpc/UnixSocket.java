package io.vmgauge.adapters.grpc;

import io.vmgauge.ports.spi.EndpointException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Optional;

/**
 * The file of a unix socket: making room for it, and saying who may use it. Between bind and chmod the file has the
 * umask's mode, which lets others read it but not connect: connecting takes the right to write.
 */
final class UnixSocket {
    /** In bytes: the kernel has room for 107 and a zero, of which Java 17 uses one less. */
    static final int LONGEST_PATH = 106;

    private static final int FILE_TYPE = 0170000;
    private static final int SOCKET = 0140000;
    private static final String ELSEWHERE = "or set endpoint.cri.socket";

    private final CriSettings settings;
    private final Path path;

    UnixSocket(CriSettings settings) {
        this.settings = settings;
        this.path = settings.socket();
    }

    /** Makes the directory if it is missing, and removes the socket of a server that is no more. */
    void prepare() {
        try {
            Path directory = path.toAbsolutePath().getParent();
            if (directory != null && !Files.isDirectory(directory)) {
                Files.createDirectories(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---")));
                give(directory);
            }
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                removeStale();
            }
        } catch (IOException e) {
            throw new EndpointException("cannot make room for " + path + ": " + reason(e), e);
        }
    }

    private void removeStale() throws IOException {
        if (!isSocket(path)) {
            throw new EndpointException(path + " exists and is not a socket: move it away " + ELSEWHERE);
        }
        try {
            SocketChannel.open(UnixDomainSocketAddress.of(path)).close();
            throw new EndpointException("another vmgauge already serves on " + path + "; stop it " + ELSEWHERE);
        } catch (ConnectException nobodyListens) {
            Files.delete(path);
        }
    }

    /** Gives the bound socket its group and mode. */
    void guard() {
        try {
            give(path);
            Files.setPosixFilePermissions(path, settings.mode());
        } catch (IOException e) {
            throw new EndpointException("cannot set mode and group of " + path + ": " + reason(e), e);
        }
    }

    private void give(Path file) throws IOException {
        Optional<GroupPrincipal> group = group(settings);
        if (group.isPresent()) {
            Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .setGroup(group.get());
        }
    }

    /** The configured group, if there is one. */
    static Optional<GroupPrincipal> group(CriSettings settings) throws IOException {
        if (settings.group().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(FileSystems.getDefault()
                    .getUserPrincipalLookupService()
                    .lookupPrincipalByGroupName(settings.group()));
        } catch (UserPrincipalNotFoundException e) {
            throw new EndpointException(
                    "there is no group " + Words.line(settings.group()) + ": make it or change endpoint.cri.group", e);
        }
    }

    /** Whether it is a socket itself, not a link to one. */
    static boolean isSocket(Path path) throws IOException {
        int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        return (mode & FILE_TYPE) == SOCKET;
    }

    /** Why a file could not be had, without its name, which the caller has said. */
    static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "no such file";
        }
        if (e instanceof FileSystemException file && file.getReason() != null) {
            return Words.line(file.getReason());
        }
        if (e instanceof FileSystemException) {
            // AccessDeniedException has no reason, its name says it.
            return e.getClass().getSimpleName().replaceAll("Exception$", "").replaceAll("(?<=[a-z])(?=[A-Z])", " ");
        }
        return Words.line(String.valueOf(e.getMessage()));
    }
}
