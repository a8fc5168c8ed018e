package io.vmgauge.adapters.grpc.counter;

import io.vmgauge.adapters.grpc.mapping.SandboxTotal;
import io.vmgauge.adapters.grpc.mapping.Timestamps;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A {@link CounterState} as text: a line for each container and each pod.
 *
 * <p>Long because writing and reading stand side by side: they must mean the same lines.
 */
final class CounterStateText {
    private static final String FIRST = "vmgauge served 2";
    /** The first line of versions that bound containers to the ids that VMs claim, and knew no lives. */
    private static final String EARLIER = "vmgauge served 1";
    /** Stands for a word that is absent. */
    private static final String NONE = "-";

    private static final String LAST = "end";

    private CounterStateText() {}

    static String of(CounterState.Kept kept) {
        StringBuilder text = new StringBuilder(FIRST).append('\n');
        kept.containers().forEach((id, cpu) -> line(text, container(id, cpu)));
        kept.pods().forEach((id, pod) -> {
            List<Object> words = new ArrayList<>(List.of("pod", id, pod.gone(), pod.nanos(), pod.time()));
            pod.beyond().forEach((container, nanos) -> words.addAll(List.of(container, nanos)));
            line(text, words);
        });
        kept.sandboxes().forEach((id, pod) -> {
            List<Object> words =
                    new ArrayList<>(List.of("sandbox", id, pod.ended(), pod.nanos(), Timestamps.nanos(pod.time())));
            pod.counters().forEach((life, nanos) -> words.addAll(List.of(life, nanos)));
            line(text, words);
        });
        return text.append(LAST).append('\n').toString();
    }

    private static List<Object> container(String id, CpuCounter.Kept cpu) {
        return List.of(
                "container",
                id,
                cpu.vm(),
                cpu.life().isEmpty() ? NONE : cpu.life(),
                cpu.baseline(),
                cpu.counter(),
                cpu.nanos(),
                Timestamps.nanos(cpu.time()),
                cpu.heardNanos(),
                cpu.heardTime()
                        .map(time -> Long.toString(Timestamps.nanos(time)))
                        .orElse(NONE),
                cpu.steal().baseline(),
                cpu.steal().counter());
    }

    /** Leaves a line out if one of its ids is no word. Only the runtime and the hypervisor say what their ids look like. */
    private static void line(StringBuilder text, List<Object> words) {
        List<String> all = words.stream().map(String::valueOf).toList();
        if (all.stream().allMatch(word -> word.matches("[!-~]{1,253}"))) {
            text.append(String.join(" ", all)).append('\n');
        }
    }

    /**
     * The state that was written.
     *
     * @throws IllegalArgumentException if the lines are not as {@link #of} writes them, with the line or the reason
     */
    static CounterState.Kept parse(List<String> lines) {
        require(lines.size() >= 2 && (lines.get(0).equals(FIRST) || lines.get(0).equals(EARLIER)), "of another kind");
        require(lines.get(lines.size() - 1).equals(LAST), "cut off");
        Map<String, CpuCounter.Kept> containers = new HashMap<>();
        Map<String, PodCounter.Kept> pods = new HashMap<>();
        Map<String, SandboxTotal.Kept> sandboxes = new HashMap<>();
        for (String line : lines.subList(1, lines.size() - 1)) {
            String[] words = line.split(" ", -1);
            require(words.length >= 5, line);
            switch (words[0]) {
                case "container" -> containers.put(words[1], container(words, line));
                case "pod" -> pods.put(words[1], pod(words));
                case "sandbox" -> sandboxes.put(words[1], sandbox(words));
                default -> throw new IllegalArgumentException(line);
            }
        }
        return new CounterState.Kept(containers, pods, sandboxes);
    }

    private static PodCounter.Kept pod(String[] words) {
        return new PodCounter.Kept(difference(words[2]), number(words[3]), number(words[4]), pairs(words));
    }

    private static SandboxTotal.Kept sandbox(String[] words) {
        return new SandboxTotal.Kept(number(words[2]), number(words[3]), time(words[4]), pairs(words));
    }

    private static CpuCounter.Kept container(String[] words, String line) {
        if (words.length == 6 || words.length == 8) {
            return earlier(words);
        }
        require(words.length == 12, line);
        return new CpuCounter.Kept(
                words[2],
                words[3].equals(NONE) ? "" : words[3],
                difference(words[4]),
                number(words[5]),
                number(words[6]),
                time(words[7]),
                number(words[8]),
                words[9].equals(NONE) ? Optional.empty() : Optional.of(time(words[9])),
                new MonotonicCounter.Kept(difference(words[10]), number(words[11])));
    }

    /** Keeps what was told. No VM has that id or that life, so the container is bound and measured anew. */
    private static CpuCounter.Kept earlier(String[] words) {
        long baseline = number(words[3]);
        long counter = number(words[4]);
        return new CpuCounter.Kept(
                words[2],
                EARLIER,
                baseline,
                counter,
                baseline + counter,
                time(words[5]),
                0,
                Optional.empty(),
                words.length == 6
                        ? MonotonicCounter.Kept.NOTHING
                        : new MonotonicCounter.Kept(number(words[6]), number(words[7])));
    }

    /** The words from the sixth on: an id and its nanoseconds, again and again. */
    private static Map<String, Long> pairs(String[] words) {
        Map<String, Long> pairs = new HashMap<>();
        for (int i = 5; i < words.length; i += 2) {
            require(i + 1 < words.length, words[i]);
            pairs.put(words[i], difference(words[i + 1]));
        }
        return pairs;
    }

    private static Instant time(String word) {
        return Timestamps.instant(number(word));
    }

    /** A counter or a time. The sum of two does not overflow. */
    private static long number(String word) {
        long number = difference(word);
        require(number >= 0, word);
        return number;
    }

    /** A counter, a time or the difference of two. The sum of two does not overflow. */
    private static long difference(String word) {
        long number = Long.parseLong(word);
        require(number <= Long.MAX_VALUE / 2 && number >= -(Long.MAX_VALUE / 2), word);
        return number;
    }

    private static void require(boolean isTrue, String otherwise) {
        if (!isTrue) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
