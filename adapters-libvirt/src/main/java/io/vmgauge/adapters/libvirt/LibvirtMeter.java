package io.vmgauge.adapters.libvirt;

import io.vmgauge.adapters.libvirt.connection.ConnectionPool;
import io.vmgauge.adapters.libvirt.metering.MonitorVisit;
import io.vmgauge.adapters.libvirt.metering.QuickRound;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Gone;
import io.vmgauge.ports.outbound.VmMeter;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Two lanes that share no connection. The quick one asks only for what libvirtd finds on the host, so that no QEMU can
 * hang it; the other asks QEMU's monitor.
 */
final class LibvirtMeter implements VmMeter {
    private static final Set<Metric> TOGETHER = Set.of(Metric.CPU, Metric.NETWORK);
    private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private final ConnectionPool quick;
    private final ConnectionPool monitors;
    private final QuickRound round;
    private final MonitorVisit visit;

    LibvirtMeter(ConnectionPool quick, ConnectionPool monitors, QuickRound round, MonitorVisit visit) {
        this.quick = quick;
        this.monitors = monitors;
        this.round = round;
        this.visit = visit;
    }

    @Override
    public Set<Metric> measuredTogether() {
        return TOGETHER;
    }

    @Override
    public List<Measurement> measureAll(Set<Metric> metrics) {
        return quick.ask(connection -> round.measure(connection, metrics));
    }

    @Override
    public Measurement measure(VmId vm, Set<Metric> metrics) {
        return UUID.matcher(vm.value()).matches()
                ? monitors.ask(connection -> visit.measure(connection, vm, metrics))
                : new Gone(vm);
    }
}
