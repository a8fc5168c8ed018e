package io.vmgauge.linux.network;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkNamespaceTest {
    private static final String HEAD = "Inter-|   Receive\n face |bytes\n";

    @TempDir
    private Path proc = Path.of("");

    @Test
    void theLinkOfTheNamespaceTells() throws IOException {
        link("self", "net:[4026531840]");
        link("7", "net:[4026531840]");
        link("8", "net:[4026532210]");
        devices("self", "    lo: 1 2\n  tap0: 3 4\n");
        devices("8", "    lo: 1 2\n  tap0: 3 4\n");
        assertTrue(new NetworkNamespace(proc).isSharedWith(7));
        assertFalse(new NetworkNamespace(proc).isSharedWith(8), "devices that are called the same prove nothing");
    }

    /** As an ordinary user sees it. */
    @Test
    void whoMayNotReadTheLinkComparesTheDevices() throws IOException {
        devices("self", "    lo: 1 2\n  tap0: 3 4\n");
        devices("7", "    lo: 9 2\n  tap0: 9 4\n");
        devices("8", "    lo: 1 2\n");
        assertTrue(new NetworkNamespace(proc).isSharedWith(7));
        assertFalse(new NetworkNamespace(proc).isSharedWith(8));
        assertFalse(new NetworkNamespace(proc).isSharedWith(9), "a process that cannot be seen");
    }

    @Test
    void thisHostsOwnKernelIsUnderstood() {
        assertTrue(new NetworkNamespace(Path.of("/proc"))
                .isSharedWith(ProcessHandle.current().pid()));
    }

    private void link(String process, String namespace) throws IOException {
        Files.createSymbolicLink(
                Files.createDirectories(proc.resolve(process + "/ns")).resolve("net"), Path.of(namespace));
    }

    private void devices(String process, String lines) throws IOException {
        Files.writeString(
                Files.createDirectories(proc.resolve(process + "/net")).resolve("dev"), HEAD + lines);
    }
}
