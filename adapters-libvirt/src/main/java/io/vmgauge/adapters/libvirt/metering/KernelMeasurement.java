package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.adapters.libvirt.metering.Incarnations.SeenLife;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.NetworkSample;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.linux.network.NetworkDevices;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.outbound.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Measures the domains that are known, as far as the kernel tells of them. libvirtd is not asked. Whose the counters
 * are was learned from libvirt once in each life; after they are read, the process is looked at, so that they are not
 * those of a life that began meanwhile.
 */
public final class KernelMeasurement {
    private final Incarnations incarnations;
    private final CpuTimeCounters cpuTimes;
    private final KernelMemory memory;
    private final GuestInterfaces interfaces;
    private final TimeSource time;
    private final Supplier<NetworkDevices> devices;

    /**
     * Needs what the other measurements share.
     *
     * @param devices those that domains may have, as of now
     */
    public KernelMeasurement(
            Incarnations incarnations,
            CpuTimeCounters cpuTimes,
            KernelMemory memory,
            GuestInterfaces interfaces,
            TimeSource time,
            Supplier<NetworkDevices> devices) {
        this.incarnations = incarnations;
        this.cpuTimes = cpuTimes;
        this.memory = memory;
        this.interfaces = interfaces;
        this.time = time;
        this.devices = devices;
    }

    /** Each domain of which something is told, once. */
    public List<Measured> measure(Set<Metric> metrics) {
        Moment asked = time.now();
        NetworkDevices present = devices.get();
        List<Measured> all = new ArrayList<>();
        for (SeenLife one : incarnations.seen()) {
            List<Sample<?>> samples = samples(one, metrics, asked, present);
            // The memory comes last, and from the file that tells whether the process lives.
            boolean isAlive = metrics.contains(Metric.MEMORY)
                    ? memory.sample(one, time.now()).filter(samples::add).isPresent() || incarnations.isAlive(one)
                    : incarnations.isAlive(one);
            if (isAlive && !samples.isEmpty()) {
                all.add(new Measured(one.vm(), one.incarnation(), samples));
            }
        }
        if (metrics.contains(Metric.NETWORK)) {
            interfaces.lookForNew(present);
        }
        return all;
    }

    private List<Sample<?>> samples(SeenLife one, Set<Metric> metrics, Moment asked, NetworkDevices present) {
        List<Sample<?>> samples = new ArrayList<>(metrics.size());
        if (metrics.contains(Metric.CPU)) {
            cpuTimes.look(one.vm(), one.incarnation(), time.now()).ifPresent(samples::add);
        }
        if (metrics.contains(Metric.NETWORK)) {
            interfaces
                    .counters(one.vm(), one.incarnation(), present)
                    .ifPresent(counters -> samples.add(new NetworkSample(asked, counters)));
        }
        return samples;
    }
}
