package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.connection.Connection;
import io.vmgauge.adapters.libvirt.definition.Definition;
import io.vmgauge.adapters.libvirt.definition.Definitions;
import io.vmgauge.adapters.libvirt.definition.Disk;
import io.vmgauge.adapters.libvirt.disk.ImageSizes;
import io.vmgauge.adapters.libvirt.disk.OwnImages;
import io.vmgauge.adapters.libvirt.domain.DomainHandle;
import io.vmgauge.adapters.libvirt.domain.DomainName;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.DeviceBytes;
import io.vmgauge.domain.sample.DiskSample;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.NetworkSample;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.linux.cgroup.CgroupListing;
import io.vmgauge.linux.network.NetworkDevices;
import io.vmgauge.ports.outbound.TimeSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;

/** Samples of one domain, metric by metric. Each may be absent without the others. */
public final class DomainSamples {
    private final Definitions definitions;
    private final CpuTimeCounters cpuTimes;
    private final HugePages hugePages;
    private final OwnImages images;
    private final ImageSizes sizes;
    private final TimeSource time;
    private final Supplier<NetworkDevices> devices;

    /**
     * Knows no domain yet.
     *
     * @param devices those that VMs may have, as of now
     */
    public DomainSamples(
            Definitions definitions,
            CpuTimeCounters cpuTimes,
            HugePages hugePages,
            OwnImages images,
            ImageSizes sizes,
            TimeSource time,
            Supplier<NetworkDevices> devices) {
        this.definitions = definitions;
        this.cpuTimes = cpuTimes;
        this.hugePages = hugePages;
        this.images = images;
        this.sizes = sizes;
        this.time = time;
        this.devices = devices;
    }

    /** For all that one measurement takes of the domain. */
    MonitorCalls monitorCalls(DomainHandle domain) {
        return new MonitorCalls(new MemoryStatsCall(domain, time), new BlockStatsCall(domain, time));
    }

    /**
     * One metric; absent if the domain cannot tell it. All but CPU and network may take for ever: QEMU has to answer.
     */
    Optional<? extends Sample<?>> of(
            Connection connection, DomainHandle domain, Incarnation life, Metric metric, MonitorCalls calls)
            throws VirtException {
        if (metric == Metric.CPU) {
            return cpu(connection, domain, life);
        }
        DomainName name = domain.name();
        if (metric == Metric.BLOCK_IO) {
            return calls.blocks()
                    .io(() -> definitions.update(domain::xml, name, life).flatMap(DomainSamples::devices));
        }
        // Disks come and go while a domain runs, and this is rarely asked for.
        Optional<Definition> known = metric == Metric.DISK
                ? definitions.update(domain::xml, name, life)
                : definitions.of(domain::xml, name, life);
        if (known.isEmpty()) {
            return Optional.empty();
        }
        Definition definition = known.get();
        return switch (metric) {
            case NETWORK -> network(domain, definition);
            case DISK -> disk(calls.blocks(), time.now(), name.vm(), life, definition);
            case GUEST_MEMORY -> Optional.of(calls.memory().reading().ofGuest(definition));
            default ->
                memory(
                        connection,
                        domain,
                        name.vm(),
                        life,
                        definition,
                        calls.memory().reading());
        };
    }

    private Optional<CpuSample> cpu(Connection connection, DomainHandle domain, Incarnation life) throws VirtException {
        Moment asked = time.now();
        VmId vm = domain.name().vm();
        Optional<CpuSample> looked = cpuTimes.look(vm, life, asked);
        return looked.isPresent()
                ? looked
                : cpuTimes.ask(connection, domain, vm, life, asked, CgroupListing.ofThisHost());
    }

    private Optional<NetworkSample> network(DomainHandle domain, Definition definition) throws VirtException {
        Moment asked = time.now();
        return domain.interfaces(definition.interfaces())
                .map(all -> new NetworkSample(asked, devices.get().verified(all, Set.of())));
    }

    private Optional<MemorySample> memory(
            Connection connection,
            DomainHandle domain,
            VmId vm,
            Incarnation life,
            Definition definition,
            MemoryReading reading)
            throws VirtException {
        OptionalLong huge = definition.hugePages()
                ? hugePages.bytes(connection, domain, vm, life, reading.asked())
                : OptionalLong.empty();
        return reading.ofHost(definition, huge);
    }

    /** Absent if the definition cannot be read: then nobody knows whether there are any. */
    private static Optional<List<String>> devices(Definition definition) {
        List<String> all = definition.disks().stream().map(Disk::device).toList();
        return all.isEmpty() && definition.rejected().isPresent() ? Optional.empty() : Optional.of(all);
    }

    /** Absent if the VM has no disk of its own, or if one of them cannot be told. */
    private Optional<DiskSample> disk(
            BlockStatsCall blocks, Moment asked, VmId vm, Incarnation life, Definition definition)
            throws VirtException {
        OwnImages.Verdict verdict = images.of(vm, definition);
        if (verdict.unknown().isPresent()) {
            throw VirtException.unanswered(verdict.unknown().get());
        }
        List<DeviceBytes> devices = sizes.of(blocks, vm, life, verdict.own()).orElse(List.of());
        long sum = devices.stream().mapToLong(DeviceBytes::usedBytes).sum();
        return devices.isEmpty() ? Optional.empty() : Optional.of(new DiskSample(asked, sum, devices));
    }
}
