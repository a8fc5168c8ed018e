package io.vmgauge.adapters.virtdf;

import io.vmgauge.ports.outbound.FilesystemMeter;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Filesystems;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Finding.Level;
import java.time.Duration;
import java.util.List;

/** virt-df, set up. */
final class VirtDf implements Filesystems {
    private static final String SUBJECT = "virt-df";
    /** What a reading may wait for: memory, the choice of an accelerator by two trials, itself. */
    private static final int PARTS = 4;

    private static final Duration ENDING = Duration.ofSeconds(8);

    private final VirtDfSettings settings;
    private final Commands commands;
    private final Workspace workspace;
    private final Turns turns;
    private final Appliance appliance;
    private final FilesystemMeter meter;

    VirtDf(VirtDfSettings settings, HostMemory memory, TimeSource time) {
        this.settings = settings;
        this.commands = new Commands(settings);
        this.workspace = new Workspace(settings.temp(), settings.backend() == VirtDfSettings.Backend.LIBVIRT);
        this.turns = new Turns(settings.concurrency());
        this.appliance = new Appliance(settings, workspace, turns, time);
        this.meter = new VirtDfMeter(appliance, turns, memory, settings, time);
        workspace.sweep();
        new ApplianceCache(settings.cache()).sweep();
    }

    @Override
    public FilesystemMeter meter() {
        return meter;
    }

    @Override
    public int concurrency() {
        return settings.concurrency();
    }

    @Override
    public Duration longest() {
        return settings.limit().plus(ENDING).multipliedBy(PARTS);
    }

    @Override
    public List<Finding> check() {
        if (commands.program().isEmpty()) {
            return List.of(new Finding(
                    Level.PROBLEM,
                    SUBJECT,
                    "there is no program " + Printable.line(settings.command()),
                    "apt-get install guestfs-tools, or say where it is in filesystems.virt-df.command"));
        }
        if (!turns.take()) {
            return List.of(new Finding(Level.PROBLEM, SUBJECT, "it was ended", "start it again"));
        }
        try {
            return List.of(new Finding(Level.GOOD, SUBJECT, "can read disk images here, " + appliance.trial(), ""));
        } catch (ReadingFailed e) {
            return List.of(new Finding(
                    Level.PROBLEM,
                    SUBJECT,
                    "cannot read disk images here: " + e.reason(),
                    "run libguestfs-test-tool, which says what is missing; often it is a kernel in /boot"));
        } finally {
            turns.giveBack();
        }
    }

    @Override
    public void close() {
        turns.end();
        workspace.close();
    }
}
