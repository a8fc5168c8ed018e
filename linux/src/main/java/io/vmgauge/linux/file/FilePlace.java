package io.vmgauge.linux.file;

import io.vmgauge.linux.file.MountTable.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where a file really lies. Symbolic links are followed, as QEMU follows them. A file system is not looked at if a
 * server or a program has to answer for it, so this never hangs.
 *
 * @param path without dots, and without links as far as they may be followed
 * @param mount the file system that it is on; absent if that is not known
 */
public record FilePlace(String path, Optional<Mount> mount) {
    /** The limit of Linux. */
    private static final int MOST_LINKS = 40;

    /**
     * Follows the links of a file.
     *
     * @param file absolute
     */
    public static FilePlace of(String file, MountTable mounts) {
        Deque<String> left = new ArrayDeque<>(elements(file));
        String done = "";
        int links = 0;
        while (!left.isEmpty()) {
            String element = left.pop();
            if (element.equals("..")) {
                done = done.substring(0, Math.max(0, done.lastIndexOf('/')));
                continue;
            }
            String next = done + "/" + element;
            if (!mounts.of(next).map(Mount::isQuick).orElse(true)) {
                return place(left.isEmpty() ? next : next + "/" + String.join("/", left), mounts);
            }
            Optional<String> target = links < MOST_LINKS ? target(next) : Optional.empty();
            if (target.isEmpty()) {
                done = next;
                continue;
            }
            links++;
            List<String> ahead = elements(target.get());
            Collections.reverse(ahead);
            ahead.forEach(left::push);
            done = target.get().startsWith("/") ? "" : done;
        }
        return place(done.isEmpty() ? "/" : done, mounts);
    }

    /** The part that is not looked at may still have dots in it. */
    private static FilePlace place(String path, MountTable mounts) {
        String normal = normal(path);
        return new FilePlace(normal, mounts.of(normal));
    }

    /** Absent if it is no link, or cannot be seen. */
    private static Optional<String> target(String path) {
        try {
            Path link = Path.of(path);
            return Files.isSymbolicLink(link)
                    ? Optional.of(Files.readSymbolicLink(link).toString())
                    : Optional.empty();
        } catch (IOException | InvalidPathException e) {
            return Optional.empty();
        }
    }

    private static List<String> elements(String path) {
        return Arrays.stream(path.split("/", -1))
                .filter(element -> !element.isEmpty() && !element.equals("."))
                .collect(Collectors.toCollection(ArrayList::new));
    }

    /** Without dots and empty elements. */
    public static String normal(String path) {
        Deque<String> elements = new ArrayDeque<>();
        for (String element : path.split("/+", -1)) {
            if (element.equals("..")) {
                elements.pollLast();
            } else if (!element.isEmpty() && !element.equals(".")) {
                elements.add(element);
            }
        }
        return "/" + String.join("/", elements);
    }
}
