package io.vmgauge.adapters.libvirt;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Where volumes lie. Paths are compared as text, since they come from definitions: nothing is looked up, and no
 * character set can get in the way.
 */
final class VolumeDirectories {
    private final List<Pattern> patterns;

    /** @param directories absolute; a {@code *} stands for one path element */
    VolumeDirectories(List<String> directories) {
        patterns = directories.stream().map(VolumeDirectories::below).toList();
    }

    boolean contain(String file) {
        String path = normal(file);
        return patterns.stream().anyMatch(p -> p.matcher(path).lookingAt());
    }

    private static Pattern below(String directory) {
        String[] literal = normal(directory).split("\\*", -1);
        return Pattern.compile(
                String.join("[^/]+", Arrays.stream(literal).map(Pattern::quote).toList()) + "/");
    }

    private static String normal(String path) {
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
