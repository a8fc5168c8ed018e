package io.vmgauge.adapters.virtdf;

import io.vmgauge.adapters.virtdf.VirtDfSettings.Accelerator;
import io.vmgauge.adapters.virtdf.report.Report;
import io.vmgauge.adapters.virtdf.report.UnreadableReport;
import io.vmgauge.adapters.virtdf.run.ApplianceCache;
import io.vmgauge.adapters.virtdf.run.PathOwnership;
import io.vmgauge.adapters.virtdf.run.ProcessRun;
import io.vmgauge.adapters.virtdf.run.ProcessRun.End;
import io.vmgauge.adapters.virtdf.run.ReadingFailed;
import io.vmgauge.adapters.virtdf.run.Workspace;
import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The small virtual machine in which virt-df looks at images, and what it runs on.
 *
 * <p>A /dev/kvm says little: on some hosts QEMU aborts on it, on others the guest hangs, and virt-df goes no other way by
 * itself. So {@code auto} tries it on an empty disk before the first reading. That takes as long as one reading where KVM
 * works; where it does not, usually a tenth of a second and one reading. KVM that failed is tried again after some hours,
 * since it may have failed for a reason that has passed.
 *
 * <p>Long, since what a run needs around it stands here together.
 */
final class Appliance {
    private static final Logger LOG = LoggerFactory.getLogger(Appliance.class);

    private static final long BLANK_BYTES = 1 << 20;
    /** Names that libguestfs and supermin make up anew each time. */
    private static final String MADE_UP = "(libguestfs|appliance\\.d\\.)[A-Za-z0-9]{6}";

    private static final Duration TRY_AGAIN = Duration.ofHours(6);

    private final VirtDfSettings settings;
    private final Path kvm;
    private final Commands commands;
    private final Workspace workspace;
    private final MemoryAdmission memory;
    private final PathOwnership ownership;
    private final Slots slots;
    private final TimeSource time;
    private @Nullable Accelerator settled;
    private @Nullable Moment failedByKvm;
    private String why = "";

    /** What a run printed. */
    record Reading(Moment begun, Report report) {}

    /** @param kvm the host's device */
    Appliance(
            VirtDfSettings settings,
            Path kvm,
            Commands commands,
            Workspace workspace,
            MemoryAdmission memory,
            PathOwnership ownership,
            Slots slots,
            TimeSource time) {
        this.settings = settings;
        this.kvm = kvm;
        this.commands = commands;
        this.workspace = workspace;
        this.memory = memory;
        this.ownership = ownership;
        this.slots = slots;
        this.time = time;
    }

    /** What virt-df says of these images; it has to be the caller's turn. */
    Reading read(List<DiskImage> disks) throws ReadingFailed {
        return run(disks, accelerator());
    }

    /** Whether an empty disk can be looked at; says how. It has to be the caller's turn. */
    synchronized String trial() throws ReadingFailed {
        boolean tried = settled == null && settings.accelerator() == Accelerator.AUTO;
        Accelerator with = accelerator();
        if (!tried) {
            tryOut(with);
        }
        return with == Accelerator.KVM ? "by KVM" : "by emulation (TCG)" + why;
    }

    /** The accelerator that readings use. */
    private synchronized Accelerator accelerator() throws ReadingFailed {
        if (settings.accelerator() != Accelerator.AUTO) {
            return settings.accelerator();
        }
        if (settled == null) {
            settled = choose();
            LOG.info("virt-df runs {}{}", settled == Accelerator.KVM ? "by KVM" : "by emulation (TCG)", why);
        } else if (failedByKvm != null && time.now().nanosSince(failedByKvm) > TRY_AGAIN.toNanos() && kvmWorks()) {
            settled = Accelerator.KVM;
            LOG.info("virt-df runs by KVM again");
        }
        return settled;
    }

    private Accelerator choose() throws ReadingFailed {
        if (kvmWorks()) {
            return Accelerator.KVM;
        }
        tryOut(Accelerator.TCG);
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
            tryOut(Accelerator.KVM);
            return true;
        } catch (ReadingFailed e) {
            failedByKvm = time.now();
            why = ", since " + kvm + " is there but does not work: " + e.reason();
            return false;
        }
    }

    private void tryOut(Accelerator accelerator) throws ReadingFailed {
        Path directory = workspace.newRun();
        try {
            Path blank = directory.resolve("blank");
            try (RandomAccessFile file = new RandomAccessFile(blank.toFile(), "rw")) {
                file.setLength(BLANK_BYTES);
            }
            run(List.of(new DiskImage(blank.toString(), "raw")), accelerator);
        } catch (IOException e) {
            throw ReadingFailed.writing(settings.temp(), e);
        } finally {
            Workspace.wipe(directory);
        }
    }

    private Reading run(List<DiskImage> disks, Accelerator accelerator) throws ReadingFailed {
        Moment entered = memory.enter();
        Path directory = null;
        try {
            directory = workspace.newRun();
            Files.createDirectories(settings.cache());
            ownership.require(settings.cache());
            ProcessRun run = ProcessRun.start(
                    commands.read(disks), commands.environment(directory, accelerator), directory, time);
            ProcessRun.Outcome outcome = run.outcome(settings.limit(), slots::isClosed);
            if (outcome.end() != End.BY_ITSELF) {
                new ApplianceCache(settings.cache(), ownership).sweep();
            }
            return new Reading(run.begun(), report(outcome, directory));
        } catch (IOException e) {
            throw new ReadingFailed(settings.command() + " cannot be run: " + e.getMessage());
        } finally {
            memory.leave(entered);
            if (directory != null) {
                Workspace.wipe(directory);
            }
        }
    }

    private Report report(ProcessRun.Outcome outcome, Path directory) throws ReadingFailed {
        if (outcome.end() == End.TOLD_TO) {
            throw new ReadingFailed("the agent ends");
        }
        if (outcome.end() == End.TOO_LONG) {
            throw new ReadingFailed(
                    "virt-df took longer than " + settings.limit().toSeconds() + " s and was ended");
        }
        if (outcome.end() == End.TOO_MUCH) {
            throw new ReadingFailed("virt-df printed without end and was ended");
        }
        if (outcome.exit() != 0) {
            throw new ReadingFailed(
                    "virt-df ended with " + outcome.exit() + ": " + repeatable(complaint(outcome.err()), directory));
        }
        try {
            return Report.parse(outcome.out());
        } catch (UnreadableReport e) {
            throw new ReadingFailed("virt-df's output is of no use: " + e.reason());
        }
    }

    /** Without what is different each time: what fails again for the same reason must be told in the same words. */
    private static String repeatable(String text, Path run) {
        return text.replace(run + "/", "").replace(run.toString(), "").replaceAll(MADE_UP, "$1");
    }

    /** The line that says what is wrong, among some that say how to find out more. */
    private static String complaint(String err) {
        return err.lines()
                .filter(line -> line.contains(": error: "))
                .findFirst()
                .or(() -> err.lines().filter(line -> !line.isBlank()).findFirst())
                .orElse("it did not say why");
    }
}
