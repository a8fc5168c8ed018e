package io.vmgauge.adapters.virtdf;

import io.vmgauge.adapters.virtdf.VirtDfSettings.Accelerator;
import io.vmgauge.adapters.virtdf.run.ReadingFailed;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which accelerator the appliance runs on: KVM, or emulation (TCG).
 *
 * <p>That /dev/kvm is there says little: on some hosts QEMU aborts on it, on others the guest hangs, and virt-df does not
 * fall back by itself. So {@code auto} tries KVM on an empty disk before the first reading. The trial takes as long as one
 * reading where KVM works, and usually a tenth of a second and one reading where it does not. KVM that failed is tried
 * again after some hours, since the reason may have passed.
 */
final class AcceleratorChoice {
    private static final Logger LOG = LoggerFactory.getLogger(AcceleratorChoice.class);
    private static final Duration TRY_AGAIN = Duration.ofHours(6);

    private final Accelerator wanted;
    private final Path kvm;
    private final Trial trial;
    private final TimeSource time;
    private @Nullable Accelerator chosen;
    private @Nullable Moment failedByKvm;
    private String why = "";

    /** Reads an empty disk. */
    interface Trial {
        void with(Accelerator accelerator) throws ReadingFailed;
    }

    /** @param kvm the host's device */
    AcceleratorChoice(Accelerator wanted, Path kvm, Trial trial, TimeSource time) {
        this.wanted = wanted;
        this.kvm = kvm;
        this.trial = trial;
        this.time = time;
    }

    /** Tries the accelerator that readings use; says which it is. */
    synchronized String trial() throws ReadingFailed {
        boolean tried = chosen == null && wanted == Accelerator.AUTO;
        Accelerator with = settled();
        if (!tried) {
            trial.with(with);
        }
        return with == Accelerator.KVM ? "by KVM" : "by emulation (TCG)" + why;
    }

    /** The accelerator that readings use. */
    synchronized Accelerator settled() throws ReadingFailed {
        if (wanted != Accelerator.AUTO) {
            return wanted;
        }
        if (chosen == null) {
            chosen = choose();
            LOG.info("virt-df runs {}{}", chosen == Accelerator.KVM ? "by KVM" : "by emulation (TCG)", why);
        } else if (failedByKvm != null && time.now().nanosSince(failedByKvm) > TRY_AGAIN.toNanos() && kvmWorks()) {
            chosen = Accelerator.KVM;
            LOG.info("virt-df runs by KVM again");
        }
        return chosen;
    }

    private Accelerator choose() throws ReadingFailed {
        if (kvmWorks()) {
            return Accelerator.KVM;
        }
        trial.with(Accelerator.TCG);
        return Accelerator.TCG;
    }

    private boolean kvmWorks() {
        failedByKvm = null;
        why = "";
        if (!Files.isReadable(kvm) || !Files.isWritable(kvm)) {
            why = ", since " + kvm + (Files.exists(kvm) ? " may not be used by this user" : " is not there");
            return false;
        }
        try {
            trial.with(Accelerator.KVM);
            return true;
        } catch (ReadingFailed e) {
            failedByKvm = time.now();
            why = ", since " + kvm + " is there but does not work: " + e.reason();
            return false;
        }
    }
}
