package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.connection.Connection;
import io.vmgauge.adapters.libvirt.definition.Definition;
import io.vmgauge.adapters.libvirt.definition.Definitions;
import io.vmgauge.adapters.libvirt.disk.ImageSizes;
import io.vmgauge.adapters.libvirt.disk.OwnImages;
import io.vmgauge.adapters.libvirt.domain.DomainHandle;
import io.vmgauge.adapters.libvirt.domain.DomainName;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.DeviceBytes;
import io.vmgauge.domain.sample.DiskSample;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.NetworkSample;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.linux.cgroup.CgroupListing;
import io.vmgauge.linux.network.NetworkDevices;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Gone;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.outbound.Measurement.Unresponsive;
import io.vmgauge.ports.outbound.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Measures all metrics of one domain, also those that its QEMU has to answer. Each metric may fail without the others.
 */
public final class DomainMeasurement {
    private final Definitions definitions;
    private final Incarnations incarnations;
    private final CpuTimeCounters cpuTimes;
    private final HugePages hugePages;
    private final OwnImages images;
    private final ImageSizes sizes;
    private final TimeSource time;
    private final Supplier<NetworkDevices> devices;

    /**
     * Needs what is shared with {@link BulkMeasurement}.
     *
     * @param devices those that VMs may have, as of now
     */
    public DomainMeasurement(
            Definitions definitions,
            Incarnations incarnations,
            CpuTimeCounters cpuTimes,
            HugePages hugePages,
            OwnImages images,
            ImageSizes sizes,
            TimeSource time,
            Supplier<NetworkDevices> devices) {
        this.definitions = definitions;
        this.incarnations = incarnations;
        this.cpuTimes = cpuTimes;
        this.hugePages = hugePages;
        this.images = images;
        this.sizes = sizes;
        this.time = time;
        this.devices = devices;
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
        List<Sample<?>> samples = new ArrayList<>();
        String failure = null;
        for (Metric metric : Metric.values()) {
            if (metrics.contains(metric)) {
                try {
                    sample(connection, domain, life, metric).ifPresent(samples::add);
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
        boolean counters = metrics.contains(Metric.CPU) || metrics.contains(Metric.NETWORK);
        if (failure != null || counters) {
            // The counters, or the failure, may belong to the next life.
            OptionalLong now = id(connection, vm);
            if (now.orElse(-1) != id) {
                return now.isPresent() ? new Unresponsive(vm, "it was restarted meanwhile") : new Gone(vm);
            }
        }
        return answer(vm, life, samples, failure);
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

    private Optional<? extends Sample<?>> sample(
            Connection connection, DomainHandle domain, Incarnation life, Metric metric) throws VirtException {
        if (metric == Metric.CPU) {
            Moment asked = time.now();
            VmId vm = domain.name().vm();
            Optional<CpuSample> looked = cpuTimes.look(vm, life, asked);
            return looked.isPresent()
                    ? looked
                    : cpuTimes.ask(connection, domain, vm, life, asked, CgroupListing.ofThisHost());
        }
        DomainName name = domain.name();
        // Disks come and go while a domain runs, and this is rarely asked for.
        Optional<Definition> known = metric == Metric.DISK
                ? definitions.update(domain::xml, name, life)
                : definitions.of(domain::xml, name, life);
        if (known.isEmpty()) {
            return Optional.empty();
        }
        Definition definition = known.get();
        Moment asked = time.now();
        if (metric == Metric.NETWORK) {
            return domain.interfaces(definition.interfaces())
                    .map(all -> new NetworkSample(asked, devices.get().verified(all, Set.of())));
        }
        if (metric == Metric.DISK) {
            return disk(domain, asked, name.vm(), life, definition);
        }
        OptionalLong huge = definition.hugePages()
                ? hugePages.bytes(connection, domain, name.vm(), life, asked)
                : OptionalLong.empty();
        return new MemoryReading(domain.memory()).sample(asked, definition, huge);
    }

    /** Absent if the VM has no disk of its own, or if one of them cannot be told. */
    private Optional<DiskSample> disk(
            DomainHandle domain, Moment asked, VmId vm, Incarnation life, Definition definition) throws VirtException {
        OwnImages.Verdict verdict = images.of(vm, definition);
        if (verdict.unknown().isPresent()) {
            throw VirtException.unanswered(verdict.unknown().get());
        }
        List<DeviceBytes> devices = sizes.of(domain, vm, life, verdict.own()).orElse(List.of());
        long sum = devices.stream().mapToLong(DeviceBytes::usedBytes).sum();
        return devices.isEmpty() ? Optional.empty() : Optional.of(new DiskSample(asked, sum, devices));
    }
}
