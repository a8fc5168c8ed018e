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
import java.util.List;

/**
 * The small virtual machine in which virt-df reads images: its memory, its directory, its process, its report. {@link AcceleratorChoice}
 * chooses what it runs on.
 *
 * <p>Long because the failures of a run are told here, each in words that say what to do.
 */
final class Appliance {
    private static final long BLANK_BYTES = 1 << 20;
    /** Names that libguestfs and supermin make up anew each time. */
    private static final String MADE_UP = "(libguestfs|appliance\\.d\\.)[A-Za-z0-9]{6}";

    private final VirtDfSettings settings;
    private final Commands commands;
    private final Workspace workspace;
    private final MemoryAdmission memory;
    private final PathOwnership ownership;
    private final Slots slots;
    private final TimeSource time;
    private final AcceleratorChoice accelerators;

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
        this.commands = commands;
        this.workspace = workspace;
        this.memory = memory;
        this.ownership = ownership;
        this.slots = slots;
        this.time = time;
        this.accelerators = new AcceleratorChoice(settings.accelerator(), kvm, this::tryOut, time);
    }

    /** What virt-df says of these images. It has to be the caller's turn. */
    Reading read(List<DiskImage> disks) throws ReadingFailed {
        return run(disks, accelerators.settled());
    }

    /** Whether an empty disk can be read; says how. It has to be the caller's turn. */
    String trial() throws ReadingFailed {
        return accelerators.trial();
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
            throw new ReadingFailed("virt-df printed too much and was ended");
        }
        if (outcome.exit() != 0) {
            throw new ReadingFailed(
                    "virt-df ended with " + outcome.exit() + ": " + repeatable(complaint(outcome.err()), directory));
        }
        try {
            return Report.parse(outcome.out());
        } catch (UnreadableReport e) {
            throw new ReadingFailed("virt-df's output cannot be used: " + e.reason());
        }
    }

    /** The text without what differs each time: the same failure must be told in the same words. */
    private static String repeatable(String text, Path run) {
        return text.replace(run + "/", "").replace(run.toString(), "").replaceAll(MADE_UP, "$1");
    }

    /** The line that says what is wrong. Other lines say how to find out more. */
    private static String complaint(String err) {
        return err.lines()
                .filter(line -> line.contains(": error: "))
                .findFirst()
                .or(() -> err.lines().filter(line -> !line.isBlank()).findFirst())
                .orElse("it did not say why");
    }
}
