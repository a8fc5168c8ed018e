package io.vmgauge.domain.sample;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The network interfaces of a VM, in the order of the VM's definition.
 *
 * @param interfaces only those that have counters; an empty list says that the VM has none
 */
public record NetworkSample(Moment takenAt, List<InterfaceCounters> interfaces) implements Sample<NetworkSample> {
    public NetworkSample {
        interfaces = List.copyOf(interfaces);
    }

    @Override
    public Metric metric() {
        return Metric.NETWORK;
    }

    /** An interface that came, went or was made anew starts a new window: a mean needs it in every sample. */
    @Override
    public boolean continues(NetworkSample earlier) {
        return interfaces.size() == earlier.interfaces.size()
                && IntStream.range(0, interfaces.size())
                        .allMatch(i -> interfaces.get(i).continues(earlier.interfaces.get(i)));
    }

    @Override
    public NetworkSample meanOf(List<NetworkSample> samples) {
        return new NetworkSample(
                Mean.ofTimes(samples),
                IntStream.range(0, interfaces.size())
                        .mapToObj(i -> meanOfInterface(
                                samples.stream().map(s -> s.interfaces().get(i)).toList()))
                        .toList());
    }

    private static InterfaceCounters meanOfInterface(List<InterfaceCounters> all) {
        return new InterfaceCounters(
                all.get(0).name(),
                Traffic.meanOf(all.stream().map(InterfaceCounters::received).toList()),
                Traffic.meanOf(all.stream().map(InterfaceCounters::sent).toList()));
    }
}
