package io.vmgauge.engine.sampling;

import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.usage.UsageRules;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.TimeSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The VMs as the last round listed them. Any thread may call. The list is replaced atomically. */
final class ListedVms {
    private static final Logger LOG = LoggerFactory.getLogger(ListedVms.class);

    private final TimeSource time;
    private final UsageRules rules;
    private volatile VmRegistry registry = VmRegistry.empty();

    ListedVms(TimeSource time, UsageRules rules) {
        this.time = time;
        this.rules = rules;
    }

    VmRegistry registry() {
        return registry;
    }

    /**
     * Returns false if the list has been replaced meanwhile. An abandoned listing may return late; the newer one stays.
     */
    synchronized boolean replace(VmRegistry before, VmRegistry after) {
        boolean current = registry == before;
        if (current) {
            registry = after;
        }
        return current;
    }

    @Nullable
    TrackedVm get(VmId vm) {
        return registry.get(vm);
    }

    /** Those that have something to measure. */
    List<Vm> running() {
        return registry.containers().stream()
                .filter(TrackedVm::isMeasured)
                .map(TrackedVm::vm)
                .toList();
    }

    /** Their ids. */
    List<VmId> measured() {
        return running().stream().map(Vm::id).toList();
    }

    /** The pod that the VM is, as NAMESPACE/NAME, safe to print. If the VM is gone, its id. */
    String nameOf(VmId vm) {
        TrackedVm tracked = get(vm);
        return tracked == null
                ? vm.value()
                : tracked.vm().placement().sandbox().namespace() + "/"
                        + tracked.vm().placement().sandbox().name();
    }

    /** Adds the samples to the windows of their VM. */
    void record(Measurement measurement) {
        if (measurement instanceof Measurement.Measured measured) {
            TrackedVm tracked = get(measured.vm());
            // Of another life than listed: the next round lists that one first.
            if (tracked != null && tracked.vm().incarnation().equals(measured.incarnation())) {
                tracked.record(measured.samples(), rules, time.now().wall());
            }
        } else if (measurement instanceof Measurement.Unresponsive unresponsive) {
            LOG.debug("VM {} not measured: {}", unresponsive.vm(), unresponsive.why());
        }
    }
}
