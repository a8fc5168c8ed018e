package io.vmgauge.adapters.libvirt;

import io.vmgauge.adapters.libvirt.connection.ConnectionPool;
import io.vmgauge.adapters.libvirt.connection.Dialer;
import io.vmgauge.adapters.libvirt.definition.Definitions;
import io.vmgauge.adapters.libvirt.disk.ImageLocator;
import io.vmgauge.adapters.libvirt.disk.ImageSizes;
import io.vmgauge.adapters.libvirt.disk.OwnImages;
import io.vmgauge.adapters.libvirt.disk.StorageVolumes;
import io.vmgauge.adapters.libvirt.metering.BulkMeasurement;
import io.vmgauge.adapters.libvirt.metering.CpuTimeCounters;
import io.vmgauge.adapters.libvirt.metering.DomainMeasurement;
import io.vmgauge.adapters.libvirt.metering.DomainSamples;
import io.vmgauge.adapters.libvirt.metering.GuestInterfaces;
import io.vmgauge.adapters.libvirt.metering.HugePages;
import io.vmgauge.adapters.libvirt.metering.Incarnations;
import io.vmgauge.adapters.libvirt.metering.KernelMeasurement;
import io.vmgauge.adapters.libvirt.metering.KernelMemory;
import io.vmgauge.adapters.libvirt.metering.LifeStarts;
import io.vmgauge.linux.file.FileStat;
import io.vmgauge.linux.file.HostMounts;
import io.vmgauge.linux.network.NetworkDevices;
import io.vmgauge.linux.network.NetworkNamespace;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.outbound.VmCatalog;
import io.vmgauge.ports.outbound.VmMeter;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Host;
import io.vmgauge.ports.spi.Hypervisor;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** The adapter, put together. */
final class LibvirtHypervisor implements Hypervisor {
    /** One for the round, one for a listing at the same time. Others wait, for a short time. */
    private static final int QUICK_CONNECTIONS = 2;

    private static final Path PROC = Path.of("/proc");

    private final Dialer dialer;
    private final ConnectionPool quick;
    private final ConnectionPool monitors;
    private final ConnectionPool storage;
    private final StorageVolumes volumes;
    private final LibvirtCatalog catalog;
    private final LibvirtMeter meter;
    private final HostCheck hostCheck;

    LibvirtHypervisor(LibvirtSettings settings, Host host) {
        dialer = new Dialer(settings.connection(), host);
        TimeSource time = host.time();
        quick = ConnectionPool.of(dialer, QUICK_CONNECTIONS);
        monitors = ConnectionPool.oneForEachCall(dialer);
        storage = ConnectionPool.oneForEachCall(dialer);
        volumes = new StorageVolumes(
                volume -> storage.ask(connection -> connection.resolve(volume.pool(), volume.name())),
                time,
                settings.refresh(),
                host.threads());
        Definitions definitions = new Definitions(settings.reader(), settings.refresh(), time);
        Incarnations incarnations =
                new Incarnations(settings.connection().isLocal(), PROC, LifeStarts.keptIn(host.state(), PROC));
        CpuTimeCounters cpuTimes = new CpuTimeCounters();
        Supplier<NetworkDevices> devices =
                settings.connection().isOfThisHost() ? NetworkDevices::ofThisHost : NetworkDevices::unknown;
        GuestInterfaces interfaces = new GuestInterfaces(new NetworkNamespace(PROC));
        HugePages hugePages = new HugePages(cpuTimes, PROC);
        OwnImages images = new OwnImages(
                new ImageLocator(settings.volumes(), volumes, new HostMounts(time)::table), time, settings.refresh());
        ImageSizes sizes = new ImageSizes(FileStat::of);
        catalog = new LibvirtCatalog(
                quick, definitions, incarnations, cpuTimes, interfaces, time, devices, images, sizes);
        KernelMeasurement kernel = new KernelMeasurement(
                incarnations, cpuTimes, new KernelMemory(definitions, hugePages, PROC), interfaces, time, devices);
        BulkMeasurement bulk = new BulkMeasurement(definitions, incarnations, interfaces, cpuTimes, time, devices);
        meter = new LibvirtMeter(
                quick,
                monitors,
                kernel,
                bulk,
                new DomainMeasurement(
                        incarnations,
                        new DomainSamples(definitions, cpuTimes, hugePages, images, sizes, time, devices)));
        hostCheck = new HostCheck(settings.connection().uri(), definitions, hugePages, images, bulk, kernel, time);
    }

    @Override
    public String description() {
        return dialer.description();
    }

    @Override
    public VmCatalog catalog() {
        return catalog;
    }

    @Override
    public VmMeter meter() {
        return meter;
    }

    @Override
    public List<Finding> check() {
        return quick.ask(hostCheck::check);
    }

    @Override
    public void close() {
        quick.close();
        monitors.close();
        volumes.close();
        storage.close();
        dialer.close();
    }
}
