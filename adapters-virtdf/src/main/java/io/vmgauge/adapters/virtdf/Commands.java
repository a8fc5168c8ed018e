package io.vmgauge.adapters.virtdf;

import io.vmgauge.adapters.virtdf.VirtDfSettings.Accelerator;
import io.vmgauge.adapters.virtdf.VirtDfSettings.Backend;
import io.vmgauge.adapters.virtdf.VirtDfSettings.IoClass;
import io.vmgauge.domain.identity.DiskImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How virt-df is called. */
final class Commands {
    /** How much longer a run may take if the agent is killed and never comes back. So nothing runs for ever. */
    private static final Duration LAST_RESORT = Duration.ofSeconds(15);

    private static final String USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final VirtDfSettings settings;
    private final Map<String, String> inherited;

    /** @param inherited our own environment */
    Commands(VirtDfSettings settings, Map<String, String> inherited) {
        this.settings = settings;
        this.inherited = Map.copyOf(inherited);
    }

    /**
     * The command that reads these images. Each image has its format: otherwise libguestfs would guess it from what the
     * guest wrote.
     */
    List<String> read(List<DiskImage> disks) {
        List<String> command = new ArrayList<>();
        if (isThere("timeout")) {
            String seconds = Long.toString(settings.limit().plus(LAST_RESORT).toSeconds());
            command.addAll(List.of("timeout", "-k", Long.toString(LAST_RESORT.toSeconds()), seconds));
        }
        if (settings.nice() > 0 && isThere("nice")) {
            command.addAll(List.of("nice", "-n", Integer.toString(settings.nice())));
        }
        if (settings.ioClass() != IoClass.NORMAL && isThere("ionice")) {
            // -t: reading goes on in a kernel or container that refuses this.
            boolean idle = settings.ioClass() == IoClass.IDLE;
            command.addAll(idle ? List.of("ionice", "-t", "-c", "3") : List.of("ionice", "-t", "-c", "2", "-n", "7"));
        }
        command.addAll(List.of(settings.command(), "--csv"));
        disks.forEach(disk -> command.addAll(List.of("--format=" + disk.format(), "-a", disk.path())));
        return command;
    }

    /**
     * The environment of a run. Of our own it has only what a program needs and what an operator says to libguestfs.
     */
    Map<String, String> environment(Path directory, Accelerator accelerator) {
        Map<String, String> environment = new HashMap<>();
        inherited.forEach((name, value) -> {
            if (name.equals("HOME") || name.startsWith("LIBGUESTFS_") || name.startsWith("SUPERMIN_")) {
                environment.put(name, value);
            }
        });
        environment.put("PATH", path());
        environment.put("LC_ALL", "C");
        environment.put("LIBGUESTFS_BACKEND", settings.backend() == Backend.DIRECT ? "direct" : "libvirt");
        environment.put("LIBGUESTFS_CACHEDIR", settings.cache().toString());
        // Both are needed: libguestfs heeds one, the programs that it calls the other.
        environment.put("LIBGUESTFS_TMPDIR", directory.toString());
        environment.put("TMPDIR", directory.toString());
        // Where libguestfs has its sockets, unless it is root's.
        environment.put("XDG_RUNTIME_DIR", directory.toString());
        environment.put("LIBGUESTFS_BACKEND_SETTINGS", backendSettings(accelerator));
        return environment;
    }

    /**
     * Names the accelerator, in place of any that is given. Otherwise libguestfs would choose, and a trial of KVM would
     * prove nothing.
     */
    private String backendSettings(Accelerator accelerator) {
        String given = inherited.getOrDefault("LIBGUESTFS_BACKEND_SETTINGS", "");
        String forced = accelerator == Accelerator.TCG ? "force_tcg" : "force_kvm";
        return Stream.concat(
                        Arrays.stream(given.split(":", -1))
                                .filter(word ->
                                        !word.isEmpty() && !word.equals("force_tcg") && !word.equals("force_kvm")),
                        Stream.of(forced))
                .collect(Collectors.joining(":"));
    }

    /** The program itself, if it is where it should be. */
    Optional<Path> program() {
        return find(settings.command());
    }

    boolean isThere(String program) {
        return find(program).isPresent();
    }

    private Optional<Path> find(String program) {
        List<Path> places = program.contains("/")
                ? List.of(Path.of(program))
                : Arrays.stream(path().split(":", -1))
                        .map(dir -> Path.of(dir, program))
                        .toList();
        return places.stream()
                .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                .findFirst();
    }

    private String path() {
        return inherited.getOrDefault("PATH", USUAL_PATH);
    }
}
