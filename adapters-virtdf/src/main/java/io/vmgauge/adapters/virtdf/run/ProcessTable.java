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
 * The processes that belong to one of our directories. A variable in a process's environment tells, or a file in the
 * directory that its output goes to. Both are inherited by every process that it starts, outlive the agent, and are not
 * lost by chance. Parents and process groups would not do: a process whose parent has died belongs to nobody, and a
 * process can leave its group. The working directory would say too much: an operator's shell may be there.
 *
 * <p>Long because looking and ending must mean the same processes.
 */
public final class ProcessTable {
    /** The variable whose value is the directory of the run that a process belongs to. */
    public static final String MARK = "VMGAUGE_VIRT_DF_RUN";

    private static final Path PROC = Path.of("/proc");
    private static final List<String> OUTPUTS = List.of("fd/1", "fd/2");
    private static final int LOOK_AGAIN_MILLIS = 20;
    /** A process that is just becoming another program shows nothing of itself for a moment. */
    private static final int LOOKS = 2;
    /** How many times longer to wait for processes while we cannot look. */
    private static final int BLIND_FACTOR = 20;

    private ProcessTable() {}

    /** The processes of one run, or of all runs below a directory, without zombies. */
    public static List<ProcessHandle> of(Path directory) throws IOException {
        long self = ProcessHandle.current().pid();
        List<ProcessHandle> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : all) {
                // The handle first: if the number goes to another process meanwhile, the handle notices.
                Optional<ProcessHandle> handle =
                        ProcessHandle.of(Long.parseLong(process.getFileName().toString()));
                if (handle.isPresent() && handle.get().pid() != self && belongs(process, directory)) {
                    found.add(handle.get());
                }
            }
        }
        return found;
    }

    /** The command lines of all processes of the host that we may look at. */
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

    /** The processes that have no child among the others. Ending them first is an orderly end. */
    static List<ProcessHandle> leaves(List<ProcessHandle> processes) {
        Set<Long> parents = new HashSet<>();
        processes.forEach(p -> p.parent().ifPresent(parent -> parents.add(parent.pid())));
        return processes.stream().filter(p -> !parents.contains(p.pid())).toList();
    }

    /** A process of ours and its descendants, as far as their parents live. */
    static List<ProcessHandle> family(Process process) {
        Stream<ProcessHandle> self = Stream.of(process.toHandle());
        try {
            return Stream.concat(self, process.descendants()).toList();
        } catch (RuntimeException e) {
            // The JDK throws this if /proc cannot be opened.
            return List.of(process.toHandle());
        }
    }

    /**
     * Kills all processes of a directory, also those that appear meanwhile. Returns those that are still there. Being
     * unable to look is no sign that there are none.
     *
     * @param known processes that belong to them in any case
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

    /** Cannot be interrupted: ending processes must come to its end. */
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

    /** Whether a process is neither gone nor a zombie, which only waits for its parent to notice. */
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

    /** Empty if the process is gone, or we may not look at it. */
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

    /** Whether the process does not show the file. Otherwise we have no file descriptor left to look with. */
    private static boolean isHidden(IOException e) {
        if (e instanceof NoSuchFileException || e instanceof AccessDeniedException) {
            return true;
        }
        // For a process that has just ended, and for a kernel thread, only the message differs, and it is translated.
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
