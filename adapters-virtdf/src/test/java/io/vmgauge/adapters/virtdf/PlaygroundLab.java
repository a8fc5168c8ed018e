package io.vmgauge.adapters.virtdf;

import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Filesystems;
import io.vmgauge.ports.testkit.FilesystemsLab;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A lab in a directory of its own, whose virt-df hangs as soon as a file says so. */
abstract class PlaygroundLab implements FilesystemsLab {
    private static final String MAY_HANG =
            """
            if [ -e "$(dirname "$0")/hang" ]; then
              trap '' TERM INT HUP
              while :; do sleep 1000; done
            fi
            """;

    final Playground playground = new Playground();
    private final RealTime time = new RealTime();
    private @Nullable Filesystems filesystems;
    private boolean hanging;

    /** How the adapter is opened, given its time limit: there is no need to wait long for what hangs anyway. */
    abstract Filesystems open(String timeLimit);

    Path program(String body) {
        return playground.script("program", MAY_HANG + body);
    }

    DiskImage disk(String name) {
        String format = name.endsWith(".qcow2") ? "qcow2" : "raw";
        return new DiskImage(playground.directory.resolve(name).toString(), format);
    }

    @Override
    public Filesystems filesystems() {
        if (filesystems == null) {
            filesystems = open(hanging ? "time-limit = 1s" : "time-limit = 2m");
        }
        return filesystems;
    }

    @Override
    public TimeSource time() {
        return time;
    }

    @Override
    public DiskImage missing() {
        return disk("gone");
    }

    @Override
    public byte[] content(DiskImage image) {
        try {
            return Files.readAllBytes(Path.of(image.path()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void hang() {
        hanging = true;
        playground.write("hang", "", "rw-------");
    }

    @Override
    public int underWay() {
        return (int) Playground.in(playground.runs()).stream()
                .flatMap(agent -> Playground.in(agent).stream())
                .filter(Files::isDirectory)
                .count();
    }

    @Override
    public void close() {
        filesystems().close();
        playground.close();
    }
}
