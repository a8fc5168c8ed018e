package io.vmgauge.adapters.libvirt.domain;

import io.vmgauge.adapters.libvirt.binding.TypedParameters;
import io.vmgauge.domain.sample.InterfaceCounters;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongFunction;

/**
 * What a bulk record says of one domain.
 *
 * @param state in libvirt's numbers
 * @param reason for the state, likewise; 0 if it is not told
 * @param interfaces absent if the hypervisor's driver does not tell them in bulk
 */
public record DomainStats(int state, int reason, Optional<List<InterfaceCounters>> interfaces) {
    /** In the order of the domain's definition; absent likewise. */
    public Optional<List<String>> interfaceNames() {
        return interfaces.map(all -> all.stream().map(InterfaceCounters::name).toList());
    }

    /**
     * Parses a record. It skips unknown parameters: every version of libvirt has more.
     *
     * @param texts reads the text at an address
     */
    static DomainStats parse(TypedParameters params, LongFunction<String> texts) {
        int state = 0;
        int reason = 0;
        boolean told = false;
        TreeMap<Integer, InterfaceStats> interfaces = new TreeMap<>();
        for (int i = 0; i < params.count(); i++) {
            String name = params.name(i);
            if (name.equals("state.state")) {
                state = (int) params.number(i);
            } else if (name.equals("state.reason")) {
                reason = (int) params.number(i);
            } else if (name.equals("net.count")) {
                told = true;
            } else if (name.startsWith("net.")) {
                readInterface(interfaces, name, params, i, texts);
            }
        }
        return new DomainStats(
                state,
                reason,
                told
                        ? Optional.of(interfaces.values().stream()
                                .flatMap(reading -> reading.counters().stream())
                                .toList())
                        : Optional.empty());
    }

    /** One of {@code net.0.name}, {@code net.0.rx.bytes} and so on. */
    private static void readInterface(
            TreeMap<Integer, InterfaceStats> interfaces,
            String name,
            TypedParameters params,
            int i,
            LongFunction<String> texts) {
        int dot = name.indexOf('.', 4);
        if (dot < 5 || !name.substring(4, dot).chars().allMatch(c -> c >= '0' && c <= '9') || dot > 10) {
            return;
        }
        InterfaceStats reading =
                interfaces.computeIfAbsent(Integer.valueOf(name.substring(4, dot)), n -> new InterfaceStats());
        String field = name.substring(dot + 1);
        if (params.isNumber(i)) {
            reading.set(field, params.number(i));
        } else if (params.isText(i) && field.equals("name")) {
            reading.name(texts.apply(params.address(i)));
        }
    }
}
