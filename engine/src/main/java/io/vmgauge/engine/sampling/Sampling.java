package io.vmgauge.engine.sampling;

import io.vmgauge.domain.identity.Vm;
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
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looking at the VMs and remembering what was seen. Its calls block as long as the hypervisor does: the executors of the
 * scheduler bound that. Any thread may call; what is remembered is replaced atomically.
 *
 * <p>Long because rounds, single VMs and filesystems are looked at in three ways, and each must bear whatever an adapter
 * throws and say it once.
 */
public final class Sampling {
    private static final Logger LOG = LoggerFactory.getLogger(Sampling.class);
    private static final int LONGEST_LINE = 300;

    private final VmCatalog catalog;
    private final VmMeter meter;
    private final TimeSource time;
    private final UsageRules rules;
    private final Duration longestSilence;
    private final UnresponsiveVms unresponsive = new UnresponsiveVms();
    private final Map<VmId, String> unmeasured = new ConcurrentHashMap<>();
    private final Map<VmId, String> unread = new ConcurrentHashMap<>();
    private volatile VmRegistry registry = VmRegistry.empty();
    private final SamplingHealth health;
    private volatile Moment finished;

    /**
     * Nothing is asked yet.
     *
     * @param longestSilence how long after the last round the next has to be finished, or something is wrong
     */
    public Sampling(VmCatalog catalog, VmMeter meter, TimeSource time, UsageRules rules, Duration longestSilence) {
        this.catalog = catalog;
        this.meter = meter;
        this.time = time;
        this.rules = rules;
        this.longestSilence = longestSilence;
        this.finished = time.now();
        this.health = new SamplingHealth("no round has finished yet", finished);
    }

    /**
     * One round: lists the VMs and measures all of them. A hypervisor that does not answer, or whatever else goes wrong,
     * is remembered as the agent's problem, and said once; what was known stays.
     *
     * @param metrics as in {@link VmMeter#measureAll}; none of them if only the listing is due
     * @return whether the hypervisor could be asked
     */
    public boolean round(Set<Metric> metrics) {
        return round(metrics, () -> {});
    }

    /**
     * Likewise.
     *
     * @param listed is told as soon as the VMs are known, before they are measured; never if they cannot be listed
     */
    public boolean round(Set<Metric> metrics, Runnable listed) {
        Moment begun = time.now();
        boolean answered = true;
        try {
            relist();
            listed.run();
            if (!metrics.isEmpty()) {
                meter.measureAll(metrics).forEach(this::record);
            }
            solved();
            unresponsive.daemonAnswered(begun, time.now(), this::nameOf);
        } catch (HypervisorException e) {
            outage(String.valueOf(e.getMessage()));
            answered = false;
        } catch (RuntimeException | Error e) {
            // An adapter's defect, or no memory. By its class, since such a message may be another each time.
            String line = "a round failed: " + oneLine(e);
            if (health.failed(e.getClass().getName(), line, time.now())) {
                LOG.error("No fresh numbers: {}", line, e);
            }
        }
        finished = time.now();
        return answered;
    }

    /** The hypervisor as a whole cannot be asked. That is said once, whatever VMs it keeps from answering. */
    public void outage(String line) {
        if (health.failed(SamplingHealth.OUTAGE, line, time.now())) {
            LOG.warn("No fresh numbers: {}", line);
        }
    }

    /** Measures one VM, as in {@link VmMeter#measure}. */
    public void measure(VmId vm, Set<Metric> metrics) {
        try {
            Measurement measurement = meter.measure(vm, metrics);
            record(measurement);
            unmeasured.remove(vm);
            if (measurement instanceof Measurement.Measured) {
                unresponsive.answered(vm, this::nameOf);
            }
        } catch (HypervisorException e) {
            // The next round meets the same trouble and reports it.
            LOG.debug("VM {} not measured: {}", vm, e.getMessage());
        } catch (RuntimeException | Error e) {
            if (!e.getClass().getName().equals(unmeasured.put(vm, e.getClass().getName()))) {
                LOG.error("{} cannot be measured: {}", nameOf(vm), oneLine(e), e);
            }
        }
    }

    /** {@link #measure} takes too long for this VM. Returns at once. */
    public void overdue(VmId vm) {
        unresponsive.overdue(vm, time.now());
    }

    /** And has returned after all. Returns at once. */
    public void returned(VmId vm) {
        unresponsive.returned(vm);
    }

    /** Whether a call is overdue and a round has yet to tell whether its VM is to blame. */
    public boolean isInDoubt() {
        return unresponsive.isInDoubt();
    }

    /** The pods of the VMs that do not answer, as NAMESPACE/NAME, in this order. */
    public List<String> unresponsive() {
        return unresponsive.named().stream().map(this::nameOf).sorted().toList();
    }

    /**
     * Reads the filesystems of one VM, as in {@link FilesystemMeter#measure}. A VM that cannot be read is said once.
     *
     * @return whether it could be read, or need not be any more
     */
    public boolean read(VmId vm, FilesystemMeter filesystems) {
        TrackedVm tracked = vms().get(vm);
        if (tracked == null || !tracked.isMeasured()) {
            unread.remove(vm);
            return true;
        }
        Measurement measurement = measure(tracked.vm(), filesystems);
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
        return vms().containers().stream()
                .filter(TrackedVm::isMeasured)
                .map(tracked -> tracked.vm().id())
                .toList();
    }

    /** The pod that the VM is, as NAMESPACE/NAME, safe to print; its id if it is gone. */
    public String nameOf(VmId vm) {
        TrackedVm tracked = vms().get(vm);
        return tracked == null
                ? vm.value()
                : tracked.vm().placement().sandbox().namespace() + "/"
                        + tracked.vm().placement().sandbox().name();
    }

    /**
     * Why nothing can be measured at present; absent if all is well. A round that hangs, or never begins, says nothing by
     * itself, so it is missed here.
     */
    public Optional<String> problem(Moment now) {
        long silence = now.nanosSince(finished);
        return health.problem()
                .or(() -> silence <= longestSilence.toNanos()
                        ? Optional.empty()
                        : Optional.of("no round has finished for "
                                + Duration.ofNanos(silence).toSeconds() + " s"));
    }

    /** The VMs as the last round listed them. */
    public VmRegistry vms() {
        return registry;
    }

    private void relist() {
        VmRegistry before = registry;
        List<Vm> listed = catalog.list();
        // Of all the stamps here the only one after the call: whoever is in the list had begun by then.
        VmRegistry after = before.next(listed, time.now(), rules);
        if (replace(before, after)) {
            unread.keySet().removeIf(vm -> after.get(vm) == null);
            unmeasured.keySet().removeIf(vm -> after.get(vm) == null);
            unresponsive.keepOnly(measuredVms());
            after.refusals().stream()
                    .filter(refusal -> !before.refusals().contains(refusal))
                    .forEach(refusal -> LOG.warn("VM {} is left out: it {}", refusal.vm(), refusal.why()));
        }
    }

    /** Should an abandoned listing return late, the newer one stays. */
    private synchronized boolean replace(VmRegistry before, VmRegistry after) {
        boolean current = registry == before;
        if (current) {
            registry = after;
        }
        return current;
    }

    private void record(Measurement measurement) {
        if (measurement instanceof Measurement.Measured measured) {
            TrackedVm tracked = vms().get(measured.vm());
            // Of another life than listed: the next round lists that one first.
            if (tracked != null && tracked.vm().incarnation().equals(measured.incarnation())) {
                tracked.record(measured.samples(), rules, time.now().wall());
            }
        } else if (measurement instanceof Measurement.Unresponsive unresponsive) {
            LOG.debug("VM {} not measured: {}", unresponsive.vm(), unresponsive.why());
        }
    }

    /** Filesystems' adapters promise to throw nothing; one that does must not be asked as if all were well. */
    private static Measurement measure(Vm vm, FilesystemMeter filesystems) {
        try {
            return filesystems.measure(vm.id(), vm.incarnation(), vm.disks());
        } catch (RuntimeException | Error e) {
            return new Measurement.Unresponsive(vm.id(), oneLine(e));
        }
    }

    /** The message may come from anywhere. */
    private static String oneLine(Throwable e) {
        String text = e.toString().replaceAll("[\\p{Cntrl}\\s]+", " ");
        return text.substring(0, Math.min(LONGEST_LINE, text.length()));
    }

    private void solved() {
        if (health.recovered()) {
            LOG.info("Measuring {} running VMs", measuredVms().size());
        }
    }
}
