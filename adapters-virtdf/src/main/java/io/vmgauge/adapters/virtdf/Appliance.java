package io.vmgauge.adapters.virtdf;

import io.vmgauge.adapters.virtdf.Run.End;
import io.vmgauge.adapters.virtdf.VirtDfSettings.Accelerator;
import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.ports.outbound.TimeSource;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The small virtual machine in which virt-df looks at images, and what it runs on.
 *
 * <p>A /dev/kvm says little: on some hosts QEMU aborts on it, on others the guest hangs, and virt-df goes no other way by
 * itself. So {@code auto} tries it once, on an empty disk: what works is settled for this agent's life. That takes as
 * long as one reading where KVM works; where it does not, usually a tenth of a second and one reading.
 */
final class Appliance {
    private static final Logger LOG = LoggerFactory.getLogger(Appliance.class);

    private static final Path KVM = Path.of("/dev/kvm");
    private static final long BLANK_BYTES = 1 << 20;

    private final VirtDfSettings settings;
    private final Commands commands;
    private final Workspace workspace;
    private final Turns turns;
    private final TimeSource time;
    private @Nullable Accelerator settled;
    private String why = "";

    Appliance(VirtDfSettings settings, Workspace workspace, Turns turns, TimeSource time) {
        this.settings = settings;
        this.commands = new Commands(settings);
        this.workspace = workspace;
        this.turns = turns;
        this.time = time;
    }

    /** What the filesystems on these images use together; it has to be the caller's turn. */
    long usedBytes(List<DiskImage> disks) throws ReadingFailed {
        List<OptionalLong> capacities = new ArrayList<>();
        for (DiskImage disk : disks) {
            capacities.add(Capacity.of(disk));
        }
        try {
            return run(disks, accelerator())
                    .usedBytes(capacities)
                    .orElseThrow(() -> new ReadingFailed("there is no filesystem on its disks that can be read"));
        } catch (UnreadableReport e) {
            throw new ReadingFailed("virt-df's output is of no use: " + e.reason());
        }
    }

    /** The accelerator that readings use. */
    synchronized Accelerator accelerator() throws ReadingFailed {
        if (settled == null) {
            settled = settings.accelerator() == Accelerator.AUTO ? choose() : settings.accelerator();
        }
        return settled;
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

    private Accelerator choose() throws ReadingFailed {
        if (Files.isReadable(KVM) && Files.isWritable(KVM)) {
            try {
                tryOut(Accelerator.KVM);
                return Accelerator.KVM;
            } catch (ReadingFailed e) {
                why = ", since " + KVM + " is there but does not work: " + e.reason();
            }
        } else {
            why = ", since " + KVM + (Files.exists(KVM) ? " may not be used by this user" : " is not there");
        }
        tryOut(Accelerator.TCG);
        LOG.info("virt-df runs by emulation (TCG){}", why);
        return Accelerator.TCG;
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
            throw new ReadingFailed("cannot write to " + directory + ": " + e);
        } finally {
            Workspace.wipe(directory);
        }
    }

    private Report run(List<DiskImage> disks, Accelerator accelerator) throws ReadingFailed {
        Path directory = workspace.newRun();
        try {
            Files.createDirectories(settings.cache());
            Run run = Run.start(commands.read(disks), commands.environment(directory, accelerator), directory, time);
            Run.Outcome outcome = run.outcome(settings.limit(), turns::haveEnded);
            if (outcome.end() != End.BY_ITSELF) {
                new ApplianceCache(settings.cache()).sweep();
            }
            return report(outcome);
        } catch (IOException e) {
            throw new ReadingFailed(settings.command() + " cannot be run: " + e.getMessage());
        } finally {
            Workspace.wipe(directory);
        }
    }

    private Report report(Run.Outcome outcome) throws ReadingFailed {
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
            throw new ReadingFailed("virt-df ended with " + outcome.exit() + ": " + complaint(outcome.err()));
        }
        try {
            return Report.parse(outcome.out());
        } catch (UnreadableReport e) {
            throw new ReadingFailed("virt-df's output is of no use: " + e.reason());
        }
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
