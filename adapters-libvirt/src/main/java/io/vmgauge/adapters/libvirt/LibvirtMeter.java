package io.vmgauge.adapters.libvirt;

import io.vmgauge.adapters.libvirt.connection.ConnectionPool;
import io.vmgauge.adapters.libvirt.metering.BulkMeasurement;
import io.vmgauge.adapters.libvirt.metering.DomainMeasurement;
import io.vmgauge.adapters.libvirt.metering.KernelMeasurement;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Gone;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.outbound.VmMeter;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Measures in three lanes. The first reads what the kernel tells and asks nobody. The others share no connection: one
 * asks only for what libvirtd finds on the host, so no QEMU can hang it, the other asks QEMU's monitor.
 */
final class LibvirtMeter implements VmMeter {
    private static final Set<Metric> TOGETHER = Set.of(Metric.CPU, Metric.NETWORK);
    private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private final ConnectionPool quick;
    private final ConnectionPool monitors;
    private final KernelMeasurement kernel;
    private final BulkMeasurement bulk;
    private final DomainMeasurement single;

    LibvirtMeter(
            ConnectionPool quick,
            ConnectionPool monitors,
            KernelMeasurement kernel,
            BulkMeasurement bulk,
            DomainMeasurement single) {
        this.quick = quick;
        this.monitors = monitors;
        this.kernel = kernel;
        this.bulk = bulk;
        this.single = single;
    }

    @Override
    public Set<Metric> measuredTogether() {
        return TOGETHER;
    }

    @Override
    public List<Measured> measureFromKernel(Set<Metric> metrics) {
        return kernel.measure(metrics);
    }

    @Override
    public List<Measurement> measureAll(Set<Metric> metrics) {
        return quick.ask(connection -> bulk.measure(connection, metrics));
    }

    @Override
    public Measurement measure(VmId vm, Set<Metric> metrics) {
        return UUID.matcher(vm.value()).matches()
                ? monitors.ask(connection -> single.measure(connection, vm, metrics))
                : new Gone(vm);
    }
}
