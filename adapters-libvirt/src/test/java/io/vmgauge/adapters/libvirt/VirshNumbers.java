package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Traffic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What libvirt's own program prints of a domain.
 *
 * @param residentBytes of its process, as {@code dommemstat} has it
 * @param interfaces as {@code domifstat} has them
 */
record VirshNumbers(long cpuNanos, long residentBytes, List<InterfaceCounters> interfaces) {
    static VirshNumbers of(PrivateLibvirtd libvirtd, String domain) {
        List<InterfaceCounters> interfaces = new ArrayList<>();
        libvirtd.virsh("domiflist " + domain)
                .lines()
                .filter(line -> !line.isBlank())
                .forEach(line -> {
                    String tap = line.strip().split(" +", -1)[0];
                    interfaces.add(
                            counters(tap, numbers(libvirtd.virsh("domifstat " + domain + " " + tap), tap + " ", " ")));
                });
        String printed = libvirtd.virsh("domstats --cpu-total " + domain + "; dommemstat " + domain);
        return new VirshNumbers(
                number(numbers(printed, "cpu.", "="), "time"),
                number(numbers(printed, "", " "), "rss") * 1024,
                interfaces);
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
