package io.vmgauge.engine.sampling;

import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.domain.usage.UsageRules;
import io.vmgauge.ports.log.OnceLog;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures VMs and remembers what was measured. Its calls block as long as the hypervisor does, but for
 * {@link #kernelRound}; the executors of the schedule bound that. Any thread may call.
 *
 * <p>Long because it is the face of the package: rounds, single VMs and filesystems are measured through it.
 */
public final class Sampling {
    private static final Logger LOG = LoggerFactory.getLogger(Sampling.class);

    private final VmCatalog catalog;
    private final VmMeter meter;
    private final TimeSource time;
    private final UsageRules rules;
    private final Duration longestSilence;
    private final UnresponsiveVms unresponsive = new UnresponsiveVms();
    private final KernelCoverage coverage = new KernelCoverage();
    private final OnceLog<String> kernelFailures = new OnceLog<>();
    private final OnceLog<VmId> unmeasured = new OnceLog<>();
    private final ListedVms listed;
    private final FilesystemSampling filesystems;
    private final SamplingHealth health;
    private volatile Moment finished;
    private volatile Moment kernelFinished;

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
        this.listed = new ListedVms(time, rules);
        this.filesystems = new FilesystemSampling(listed);
        this.finished = time.now();
        this.kernelFinished = finished;
        this.health = new SamplingHealth("no round has finished yet", finished);
    }

    /**
     * Measures the VMs listed last as far as the kernel tells of them. It asks no hypervisor, so it goes on while none
     * answers. Whatever goes wrong is logged once.
     *
     * @param metrics all that are due
     */
    public void kernelRound(Set<Metric> metrics) {
        try {
            List<Measurement.Measured> told = meter.measureFromKernel(metrics);
            coverage.told(metrics, told);
            told.forEach(listed::record);
            kernelFinished = time.now();
            kernelFailures.ends("");
        } catch (RuntimeException | Error e) {
            // The hypervisor is asked instead.
            coverage.told(metrics, List.of());
            if (kernelFailures.begins("", e.getClass().getName())) {
                LOG.error("No fresh numbers from the kernel: {}", SafeText.line(e.toString()), e);
            }
        }
    }

    /**
     * One round of the hypervisor: lists the VMs, and measures what the kernel does not tell of them. A hypervisor that
     * does not answer, or whatever else goes wrong, is remembered as the agent's problem, and logged once. What was
     * known stays.
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
     * @param onList is told as soon as the VMs are known, before they are measured; never if they cannot be listed
     */
    public boolean round(Set<Metric> metrics, Runnable onList) {
        Moment begun = time.now();
        boolean answered = true;
        try {
            relist();
            onList.run();
            measureRest(metrics);
            if (health.recovered()) {
                LOG.info("Measuring {} running VMs", measuredVms().size());
            }
            unresponsive.daemonAnswered(begun, time.now(), this::nameOf);
        } catch (HypervisorException e) {
            outage(String.valueOf(e.getMessage()));
            answered = false;
        } catch (RuntimeException | Error e) {
            // An adapter's defect, or no memory. By its class, since such a message may be another each time.
            String line = "a round failed: " + SafeText.line(e.toString());
            if (health.failed(e.getClass().getName(), line, time.now())) {
                LOG.error("The list of VMs is stale: {}", line, e);
            }
        }
        finished = time.now();
        return answered;
    }

    private void measureRest(Set<Metric> metrics) {
        Set<Metric> missing = coverage.missing(listed.running(), metrics);
        if (!missing.isEmpty()) {
            meter.measureAll(missing)
                    .forEach(one ->
                            listed.record(one instanceof Measurement.Measured told ? coverage.without(told) : one));
        }
    }

    /** The hypervisor as a whole cannot be asked. That is logged once, whatever VMs it keeps from answering. */
    public void outage(String line) {
        if (health.failed(SamplingHealth.OUTAGE, line, time.now())) {
            LOG.warn("The list of VMs is stale: {}", line);
        }
    }

    /** Measures one VM, as in {@link VmMeter#measure}. */
    public void measure(VmId vm, Set<Metric> metrics) {
        try {
            Measurement measurement = meter.measure(vm, metrics);
            listed.record(measurement);
            unmeasured.ends(vm);
            if (measurement instanceof Measurement.Measured) {
                unresponsive.answered(vm, this::nameOf);
            }
        } catch (HypervisorException e) {
            // The next round meets the same trouble and reports it.
            LOG.debug("VM {} not measured: {}", vm, e.getMessage());
        } catch (RuntimeException | Error e) {
            if (unmeasured.begins(vm, e.getClass().getName())) {
                LOG.error("{} cannot be measured: {}", nameOf(vm), SafeText.line(e.toString()), e);
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
     * Reads the filesystems of one VM, as in {@link FilesystemMeter#measure}. A VM that cannot be read is logged once.
     *
     * @return whether it could be read, or need not be any more
     */
    public boolean read(VmId vm, FilesystemMeter meter) {
        return filesystems.read(vm, meter);
    }

    /** What is left to be measured VM by VM of these metrics: what the kernel does not tell. */
    public Map<VmId, Set<Metric>> rest(Set<Metric> metrics) {
        return coverage.rest(listed.running(), metrics);
    }

    /** The VMs that have something to measure, as of the last round. */
    public List<VmId> measuredVms() {
        return listed.measured();
    }

    /** The pod that the VM is, as NAMESPACE/NAME, safe to print. If the VM is gone, its id. */
    public String nameOf(VmId vm) {
        return listed.nameOf(vm);
    }

    /**
     * Why nothing can be measured at present; absent if all is well. A round that hangs, or never begins, says nothing
     * by itself, so it is missed here.
     */
    public Optional<String> problem(Moment now) {
        long silence = Math.max(now.nanosSince(finished), now.nanosSince(kernelFinished));
        return health.problem()
                .or(() -> silence <= longestSilence.toNanos()
                        ? Optional.empty()
                        : Optional.of("no round has finished for "
                                + Duration.ofNanos(silence).toSeconds() + " s"));
    }

    /** The VMs as the last round listed them. */
    public VmRegistry vms() {
        return listed.registry();
    }

    private void relist() {
        VmRegistry before = listed.registry();
        List<Vm> list = catalog.list();
        // Of all the stamps here the only one after the call: whoever is in the list had begun by then.
        VmRegistry after = before.next(list, time.now(), rules);
        if (listed.replace(before, after)) {
            filesystems.keepOnly(after.ids());
            unmeasured.keepOnly(after.ids());
            unresponsive.keepOnly(measuredVms());
            after.refusals().stream()
                    .filter(refusal -> !before.refusals().contains(refusal))
                    .forEach(refusal -> LOG.warn("VM {} is left out: it {}", refusal.vm(), refusal.why()));
        }
    }
}
