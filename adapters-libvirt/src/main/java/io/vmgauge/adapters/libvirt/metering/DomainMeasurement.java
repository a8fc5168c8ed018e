package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.connection.Connection;
import io.vmgauge.adapters.libvirt.domain.DomainHandle;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Gone;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.outbound.Measurement.Unresponsive;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Measures all metrics of one domain, also those that its QEMU has to answer. Each metric may fail without the others.
 */
public final class DomainMeasurement {
    private final Incarnations incarnations;
    private final DomainSamples samples;

    public DomainMeasurement(Incarnations incarnations, DomainSamples samples) {
        this.incarnations = incarnations;
        this.samples = samples;
    }

    public Measurement measure(Connection connection, VmId vm, Set<Metric> metrics) throws VirtException {
        Optional<DomainHandle> found = connection.lookup(vm.value());
        if (found.isEmpty()) {
            return new Gone(vm);
        }
        try (DomainHandle domain = found.get()) {
            Optional<Incarnation> life = life(connection, domain, vm);
            return life.isEmpty() ? new Gone(vm) : measure(connection, domain, vm, life.get(), metrics);
        }
    }

    /** Absent if the domain does not run, or not yet. Its state is asked for only if it has not been seen running. */
    private Optional<Incarnation> life(Connection connection, DomainHandle domain, VmId vm) throws VirtException {
        int id = domain.id();
        if (id < 0) {
            return Optional.empty();
        }
        Optional<Incarnation> known = incarnations.known(vm, id, connection.number());
        if (known.isPresent()) {
            return known;
        }
        Incarnations.Present present =
                incarnations.of(vm, domain.state(), id, connection.number(), incarnations.processes());
        return Optional.of(present.incarnation()).filter(life -> present.state().isMeasured());
    }

    private Measurement measure(
            Connection connection, DomainHandle domain, VmId vm, Incarnation life, Set<Metric> metrics)
            throws VirtException {
        int id = domain.id();
        List<Sample<?>> taken = new ArrayList<>();
        MonitorCalls calls = samples.monitorCalls(domain);
        String failure = null;
        for (Metric metric : Metric.values()) {
            if (metrics.contains(metric)) {
                try {
                    samples.of(connection, domain, life, metric, calls).ifPresent(taken::add);
                } catch (VirtException e) {
                    if (e.isConnectionLost()) {
                        throw e;
                    }
                    if (e.isTimeout()) {
                        // The next metric would wait as long for the same QEMU.
                        return new Unresponsive(vm, e.reason());
                    }
                    failure = failure == null && !e.isUnsupported() ? e.reason() : failure;
                }
            }
        }
        boolean counters =
                metrics.contains(Metric.CPU) || metrics.contains(Metric.NETWORK) || metrics.contains(Metric.BLOCK_IO);
        if (failure != null || counters) {
            // The counters, or the failure, may belong to the next life.
            OptionalLong now = id(connection, vm);
            if (now.orElse(-1) != id) {
                return now.isPresent() ? new Unresponsive(vm, "it was restarted meanwhile") : new Gone(vm);
            }
        }
        return answer(vm, life, taken, failure);
    }

    private static Measurement answer(VmId vm, Incarnation life, List<Sample<?>> samples, @Nullable String failure) {
        return failure != null && samples.isEmpty() ? new Unresponsive(vm, failure) : new Measured(vm, life, samples);
    }

    /** Absent if it does not run. */
    private static OptionalLong id(Connection connection, VmId vm) throws VirtException {
        Optional<DomainHandle> found = connection.lookup(vm.value());
        if (found.isEmpty()) {
            return OptionalLong.empty();
        }
        try (DomainHandle domain = found.get()) {
            return domain.id() < 0 ? OptionalLong.empty() : OptionalLong.of(domain.id());
        }
    }
}
