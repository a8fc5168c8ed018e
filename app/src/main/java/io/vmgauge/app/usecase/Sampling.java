package io.vmgauge.app.usecase;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.usage.UsageRules;
import io.vmgauge.ports.outbound.FilesystemMeter;
import io.vmgauge.ports.outbound.HypervisorException;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.outbound.VmCatalog;
import io.vmgauge.ports.outbound.VmMeter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looking at the VMs and remembering what was seen. Its calls block as long as the hypervisor does: the lanes of the
 * scheduler bound that. Any thread may call; what is remembered is replaced atomically.
 */
public final class Sampling {
    private static final Logger LOG = LoggerFactory.getLogger(Sampling.class);

    private final VmCatalog catalog;
    private final VmMeter meter;
    private final TimeSource time;
    private final UsageRules rules;
    private final Map<VmId, String> unread = new ConcurrentHashMap<>();
    private volatile Fleet fleet = Fleet.empty();
    private volatile Optional<String> problem = Optional.of("no round has finished yet");

    /** Nothing is asked yet. */
    public Sampling(VmCatalog catalog, VmMeter meter, TimeSource time, UsageRules rules) {
        this.catalog = catalog;
        this.meter = meter;
        this.time = time;
        this.rules = rules;
    }

    /**
     * One round: lists the VMs and measures all of them. A hypervisor that does not answer is remembered as the agent's
     * problem, and said once; what was known stays.
     *
     * @param metrics as in {@link VmMeter#measureAll}; none of them if only the listing is due
     */
    public void round(Set<Metric> metrics) {
        round(metrics, () -> {});
    }

    /**
     * Likewise.
     *
     * @param listed is told as soon as the VMs are known, before they are measured; never if they cannot be listed
     */
    public void round(Set<Metric> metrics, Runnable listed) {
        try {
            relist();
            listed.run();
            if (!metrics.isEmpty()) {
                meter.measureAll(metrics).forEach(this::record);
            }
            solved();
        } catch (HypervisorException e) {
            failed(e);
        }
    }

    /** Measures one VM, as in {@link VmMeter#measure}. */
    public void measure(VmId vm, Set<Metric> metrics) {
        try {
            record(meter.measure(vm, metrics));
        } catch (HypervisorException e) {
            // The next round meets the same trouble and reports it.
            LOG.debug("VM {} not measured: {}", vm, e.getMessage());
        }
    }

    /**
     * Reads the filesystems of one VM, as in {@link FilesystemMeter#measure}. A VM that cannot be read is said once.
     *
     * @return whether it could be read, or need not be any more
     */
    public boolean read(VmId vm, FilesystemMeter filesystems) {
        TrackedVm tracked = fleet().get(vm);
        if (tracked == null || !tracked.isMeasured()) {
            unread.remove(vm);
            return true;
        }
        Measurement measurement =
                filesystems.measure(vm, tracked.vm().incarnation(), tracked.vm().disks());
        record(measurement);
        if (measurement instanceof Measurement.Unresponsive unresponsive) {
            if (!unresponsive.why().equals(unread.put(vm, unresponsive.why()))) {
                LOG.warn("The filesystems of {} cannot be read: {}", nameOf(vm), unresponsive.why());
            }
            return false;
        }
        if (unread.remove(vm) != null) {
            LOG.info("The filesystems of {} can be read again", nameOf(vm));
        }
        return true;
    }

    /** The VMs that have something to measure, as of the last round. */
    public List<VmId> measuredVms() {
        return fleet().containers().stream()
                .filter(TrackedVm::isMeasured)
                .map(tracked -> tracked.vm().id())
                .toList();
    }

    /** The name of the pod that the VM is, safe to print; its id if it is gone. */
    public String nameOf(VmId vm) {
        TrackedVm tracked = fleet().get(vm);
        return tracked == null ? vm.value() : tracked.vm().placement().sandbox().name();
    }

    /** Why nothing can be measured at present; absent if all is well. */
    public Optional<String> problem() {
        return problem;
    }

    Fleet fleet() {
        return fleet;
    }

    private void relist() {
        Moment asked = time.now();
        Fleet before = fleet;
        Fleet after = before.next(catalog.list(), asked, rules);
        if (replace(before, after)) {
            unread.keySet().removeIf(vm -> after.get(vm) == null);
            after.refusals().stream()
                    .filter(refusal -> !before.refusals().contains(refusal))
                    .forEach(refusal -> LOG.warn("VM {} is left out: it {}", refusal.vm(), refusal.why()));
        }
    }

    /** Should an abandoned listing return late, the newer one stays. */
    private synchronized boolean replace(Fleet before, Fleet after) {
        boolean current = fleet == before;
        if (current) {
            fleet = after;
        }
        return current;
    }

    private void record(Measurement measurement) {
        if (measurement instanceof Measurement.Measured measured) {
            TrackedVm tracked = fleet().get(measured.vm());
            // Of another life than listed: the next round lists that one first.
            if (tracked != null && tracked.vm().incarnation().equals(measured.incarnation())) {
                tracked.record(measured.samples());
            }
        } else if (measurement instanceof Measurement.Unresponsive unresponsive) {
            LOG.debug("VM {} not measured: {}", unresponsive.vm(), unresponsive.why());
        }
    }

    private void failed(HypervisorException e) {
        Optional<String> before = problem;
        problem = Optional.of(String.valueOf(e.getMessage()));
        if (!problem.equals(before)) {
            LOG.warn("No fresh numbers: {}", e.getMessage());
        }
    }

    private void solved() {
        Optional<String> before = problem;
        problem = Optional.empty();
        if (before.isPresent()) {
            LOG.info("Measuring {} running VMs", measuredVms().size());
        }
    }
}
