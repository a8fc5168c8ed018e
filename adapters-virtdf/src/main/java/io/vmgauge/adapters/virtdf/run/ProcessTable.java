package io.vmgauge.adapters.virtdf.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The processes that belong to a directory of ours, told by a variable in their environment, or by a file in it that
 * their output goes to. Parents and process groups would not do: whoever's parent has died belongs to nobody, and whoever
 * likes leaves his group; but these are inherited by everything that a process starts, they outlive the agent, and
 * nobody loses both by chance. To be in the directory would say too much: an operator's shell may be.
 *
 * <p>Long because looking and ending must mean the same processes.
 */
public final class ProcessTable {
    /** Whose value is the directory of the run that a process belongs to. */
    public static final String MARK = "VMGAUGE_VIRT_DF_RUN";

    private static final Path PROC = Path.of("/proc");
    private static final List<String> OUTPUTS = List.of("fd/1", "fd/2");
    private static final int LOOK_AGAIN_MILLIS = 20;
    /** A process that is just becoming another program shows nothing of itself for a moment. */
    private static final int LOOKS = 2;
    /** How much longer is waited for processes while one cannot look. */
    private static final int BLIND_FACTOR = 20;

    private ProcessTable() {}

    /** Those of one run, or of all runs below a directory. Zombies are not among them. */
    public static List<ProcessHandle> of(Path directory) throws IOException {
        long self = ProcessHandle.current().pid();
        List<ProcessHandle> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : all) {
                // The handle first: should the number be given away meanwhile, the handle knows that it is not its own.
                Optional<ProcessHandle> handle =
                        ProcessHandle.of(Long.parseLong(process.getFileName().toString()));
                if (handle.isPresent() && handle.get().pid() != self && belongs(process, directory)) {
                    found.add(handle.get());
                }
            }
        }
        return found;
    }

    /** What all processes of the host that we may look at were started with. */
    static String commandLines() throws IOException {
        StringBuilder all = new StringBuilder();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                all.append(new String(read(process, "cmdline"), StandardCharsets.ISO_8859_1))
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

    /** A process of ours with what it has started, as far as their parents live. */
    static List<ProcessHandle> family(Process process) {
        Stream<ProcessHandle> self = Stream.of(process.toHandle());
        try {
            return Stream.concat(self, process.descendants()).toList();
        } catch (RuntimeException e) {
            // The JDK's word for a /proc that cannot be opened.
            return List.of(process.toHandle());
        }
    }

    /**
     * Ends all processes of a directory without asking, also those that appear meanwhile; returns those still there. Not
     * to be able to look is no sign that there are none.
     *
     * @param known who belongs to them in any case
     */
    public static List<ProcessHandle> kill(Path directory, Collection<ProcessHandle> known, long longestMillis) {
        List<ProcessHandle> left = List.copyOf(known);
        int nobody = 0;
        for (long waited = 0; nobody < LOOKS && waited < longestMillis; waited += LOOK_AGAIN_MILLIS) {
            List<ProcessHandle> running = new ArrayList<>(known);
            running.removeIf(process -> !isRunning(process));
            try {
                running.addAll(of(directory));
                nobody = running.isEmpty() ? nobody + 1 : 0;
            } catch (IOException e) {
                nobody = 0;
                waited -= LOOK_AGAIN_MILLIS * (BLIND_FACTOR - 1) / BLIND_FACTOR;
            }
            running.forEach(ProcessHandle::destroyForcibly);
            left = running;
            if (nobody < LOOKS) {
                pause(LOOK_AGAIN_MILLIS);
            }
        }
        return left;
    }

    /** Not to be interrupted: who ends processes must finish. */
    public static void pause(long millis) {
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

    /** Neither gone nor a zombie, which only waits for its parent to notice. */
    private static boolean isRunning(ProcessHandle process) {
        try {
            String stat = new String(read(PROC.resolve("" + process.pid()), "stat"), StandardCharsets.ISO_8859_1);
            boolean zombie = stat.startsWith(" Z", stat.lastIndexOf(')') + 1);
            return process.isAlive() && !stat.isEmpty() && !zombie;
        } catch (IOException e) {
            return process.isAlive();
        }
    }

    static boolean belongs(Path process, Path directory) throws IOException {
        byte[] mark = ("\0" + MARK + "=" + directory).getBytes(StandardCharsets.UTF_8);
        if (marks(read(process, "environ"), mark)) {
            return true;
        }
        for (String output : OUTPUTS) {
            if (target(process, output).startsWith(directory + "/")) {
                return true;
            }
        }
        return false;
    }

    /** Nothing if the process is gone, or is not ours to look at. */
    private static byte[] read(Path process, String file) throws IOException {
        try {
            return Files.readAllBytes(process.resolve(file));
        } catch (IOException e) {
            if (isHidden(e)) {
                return new byte[0];
            }
            throw e;
        }
    }

    private static String target(Path process, String link) throws IOException {
        try {
            return Files.readSymbolicLink(process.resolve(link)).toString();
        } catch (IOException e) {
            if (isHidden(e)) {
                return "";
            }
            throw e;
        }
    }

    /** Whether it is the process that does not show it, and not we who have no file descriptor left to look with. */
    private static boolean isHidden(IOException e) {
        if (e instanceof NoSuchFileException || e instanceof AccessDeniedException) {
            return true;
        }
        // A process that has just ended, and any thread of the kernel's, is told from that in words only, in some
        // language.
        try {
            Files.newInputStream(PROC.resolve("self/stat")).close();
            return true;
        } catch (IOException us) {
            return false;
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
