package io.vmgauge.adapters.virtdf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The processes that belong to a directory of ours, told by a variable in their environment. Parents and process groups
 * would not do: whoever's parent has died belongs to nobody, and whoever likes leaves his group; but the environment is
 * inherited by everything that a process starts, and it outlives the agent.
 */
final class ProcessTable {
    /** Whose value is the directory of the run that a process belongs to. */
    static final String MARK = "VMGAUGE_VIRT_DF_RUN";

    private static final Path PROC = Path.of("/proc");
    private static final int LOOK_AGAIN_MILLIS = 20;

    private ProcessTable() {}

    /** Those of one run, or of all runs below a directory. Zombies are not among them. */
    static List<ProcessHandle> of(Path directory) {
        long self = ProcessHandle.current().pid();
        byte[] mark = ("\0" + MARK + "=" + directory).getBytes(StandardCharsets.UTF_8);
        List<ProcessHandle> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : all) {
                // The handle first: should the number be given away meanwhile, the handle knows that it is not its own.
                Optional<ProcessHandle> handle =
                        ProcessHandle.of(Long.parseLong(process.getFileName().toString()));
                if (handle.isPresent() && handle.get().pid() != self && marks(read(process.resolve("environ")), mark)) {
                    found.add(handle.get());
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("no processes to be seen in " + PROC, e);
        }
        return found;
    }

    /** What all processes of the host that we may look at were started with. */
    static String commandLines() throws IOException {
        StringBuilder all = new StringBuilder();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                all.append(new String(read(process.resolve("cmdline")), StandardCharsets.ISO_8859_1))
                        .append('\n');
            }
        }
        return all.toString();
    }

    /** Those that none of the others is a child of: what ends first, ends in order. */
    static List<ProcessHandle> leaves(List<ProcessHandle> processes) {
        Set<Long> parents = new HashSet<>();
        processes.forEach(p -> p.parent().ifPresent(parent -> parents.add(parent.pid())));
        return processes.stream().filter(p -> !parents.contains(p.pid())).toList();
    }

    /** Ends all processes of a directory without asking, also those that appear meanwhile; returns those still there. */
    static List<ProcessHandle> kill(Path directory, long longestMillis) {
        List<ProcessHandle> left = of(directory);
        for (long waited = 0; !left.isEmpty() && waited < longestMillis; waited += LOOK_AGAIN_MILLIS) {
            left.forEach(ProcessHandle::destroyForcibly);
            pause(LOOK_AGAIN_MILLIS);
            left = of(directory);
        }
        return left;
    }

    /** Not to be interrupted: who ends processes must finish. */
    static void pause(long millis) {
        boolean interrupted = Thread.interrupted();
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Nothing if the process is gone, or is not ours to look at. */
    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            return new byte[0];
        }
    }

    private static boolean marks(byte[] environment, byte[] mark) {
        // The first variable has no zero before it.
        for (int at = -1; at + mark.length <= environment.length; at++) {
            int i = at < 0 ? 1 : 0;
            while (i < mark.length && environment[at + i] == mark[i]) {
                i++;
            }
            int end = at + mark.length;
            if (i == mark.length && (end == environment.length || environment[end] == 0 || environment[end] == '/')) {
                return true;
            }
        }
        return false;
    }
}
