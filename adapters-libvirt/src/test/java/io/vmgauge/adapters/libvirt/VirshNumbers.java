package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Traffic;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What libvirt's own program prints of a domain.
 *
 * @param residentBytes of its process, as {@code dommemstat} has it
 * @param interfaces as {@code domifstat} has them
 */
record VirshNumbers(long residentBytes, List<InterfaceCounters> interfaces) {
    static VirshNumbers of(PrivateLibvirtd libvirtd, String domain) {
        String printed = libvirtd.virsh("domiflist " + domain + "; dommemstat " + domain);
        List<String> taps = printed.lines()
                .filter(line -> line.matches(".*([0-9a-f]{2}:){5}[0-9a-f]{2} *"))
                .map(line -> line.strip().split(" +", -1)[0])
                .toList();
        String counted = taps.isEmpty()
                ? ""
                : libvirtd.virsh(taps.stream()
                        .map(tap -> "domifstat " + domain + " " + tap)
                        .collect(Collectors.joining("; ")));
        return new VirshNumbers(
                number(numbers(printed, "", " "), "rss") * 1024,
                taps.stream()
                        .map(tap -> counters(tap, numbers(counted, tap + " ", " ")))
                        .toList());
    }

    /** By itself, since that of a busy domain has grown by the time that the others are told. */
    static long cpuNanos(PrivateLibvirtd libvirtd, String domain) {
        return number(numbers(libvirtd.virsh("domstats --cpu-total " + domain), "cpu.", "="), "time");
    }

    private static InterfaceCounters counters(String tap, Map<String, Long> all) {
        return new InterfaceCounters(tap, traffic(all, "rx"), traffic(all, "tx"));
    }

    private static Traffic traffic(Map<String, Long> all, String direction) {
        return new Traffic(
                number(all, direction + "_bytes"),
                number(all, direction + "_packets"),
                number(all, direction + "_errs"),
                number(all, direction + "_drop"));
    }

    private static long number(Map<String, Long> all, String name) {
        return Optional.ofNullable(all.get(name)).orElseThrow(() -> new AssertionError("no " + name + " in " + all));
    }

    /** Of the lines that begin so, each with a name and a number. */
    private static Map<String, Long> numbers(String printed, String begin, String between) {
        Map<String, Long> all = new HashMap<>();
        for (String line : printed.lines().map(String::strip).toList()) {
            int split = line.lastIndexOf(between);
            if (line.startsWith(begin)
                    && split > begin.length()
                    && line.substring(split + 1).matches("[0-9]+")) {
                all.put(line.substring(begin.length(), split), Long.parseLong(line, split + 1, line.length(), 10));
            }
        }
        return all;
    }
}
