package io.vmgauge.adapters.grpc.socket;

import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.spi.EndpointException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Optional;

/**
 * The file of the socket that we serve on. Its mode and group say who may connect: the kernel lets those connect who
 * may write to it. The file appears with both already set, see {@link PrivateDirectory}.
 */
public final class UnixSocket {
    /** In bytes: the kernel has room for 107 and a zero, of which Java 17 uses one less. */
    public static final int LONGEST_PATH = 106;

    private static final String ELSEWHERE = "or set endpoint.cri.socket";

    private final SocketSettings settings;
    private final Path path;
    private final Path directory;
    private Optional<Object> identity = Optional.empty();

    /** Opens the socket. */
    public interface Binding {
        void bind() throws IOException;
    }

    public UnixSocket(SocketSettings settings) {
        this.settings = settings;
        this.path = settings.path();
        this.directory = path.getParent() == null ? Path.of("") : path.getParent();
    }

    /** Makes the directory if it is missing. Refuses a path that a live server or another file has. */
    public void prepare() {
        try {
            if (!Files.isDirectory(directory.toAbsolutePath())) {
                Files.createDirectories(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---")));
                give(directory);
            }
            refuseIfTaken();
        } catch (IOException e) {
            throw new EndpointException("cannot make room for " + path + ": " + FileErrors.reason(e), e);
        }
    }

    private void refuseIfTaken() throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!SocketProbe.isSocket(path)) {
            throw new EndpointException(path + " exists and is not a socket: move it away " + ELSEWHERE);
        }
        try {
            SocketProbe.connect(path);
            throw new EndpointException("another vmgauge already serves on " + path + "; stop it " + ELSEWHERE);
        } catch (ConnectException nobodyListens) {
            // A server that has ended left it: publish replaces it.
        }
    }

    /** The path to bind to in {@link #publish}. Nobody else can reach it. */
    public Path unpublished() {
        return directory.resolve(PrivateDirectory.SOCKET);
    }

    /** Binds the socket, sets its group and mode, and moves it to its path. */
    public void publish(Binding binding) {
        try (PrivateDirectory ours = PrivateDirectory.in(directory)) {
            refuseIfTaken();
            binding.bind();
            Path made = ours.socket();
            give(made);
            Files.setPosixFilePermissions(made, settings.mode());
            identity = Optional.of(key(made));
            Files.move(made, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new EndpointException("cannot serve on " + path + ": " + FileErrors.reason(e), e);
        }
    }

    /** Removes the file, unless another server's is there by now. */
    public void remove() {
        try {
            if (identity.isPresent() && identity.get().equals(key(path))) {
                Files.delete(path);
            }
        } catch (IOException e) {
            // It is gone, or stays: the next start replaces it.
        }
    }

    private static Object key(Path file) throws IOException {
        Object key = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
        if (key == null) {
            throw new IOException("this file system has no inode numbers");
        }
        return key;
    }

    private void give(Path file) throws IOException {
        Optional<GroupPrincipal> group = group();
        if (group.isPresent()) {
            Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .setGroup(group.get());
        }
    }

    private Optional<GroupPrincipal> group() throws IOException {
        if (settings.group().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(FileSystems.getDefault()
                    .getUserPrincipalLookupService()
                    .lookupPrincipalByGroupName(settings.group()));
        } catch (UserPrincipalNotFoundException e) {
            throw new EndpointException(
                    "there is no group " + SafeText.line(settings.group()) + ": make it or change endpoint.cri.group",
                    e);
        }
    }
}
