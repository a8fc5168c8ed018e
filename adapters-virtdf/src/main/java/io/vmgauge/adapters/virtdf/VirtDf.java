package io.vmgauge.adapters.virtdf;

import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.ports.outbound.FilesystemMeter;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Filesystems;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Finding.Level;
import io.vmgauge.ports.spi.Host;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** virt-df, set up. */
final class VirtDf implements Filesystems {
    private static final String SUBJECT = "virt-df";
    /** What a reading may have to wait for: the choice of an accelerator by two trials, itself, and memory for each. */
    private static final int PARTS = 6;

    private static final Duration ENDING = Duration.ofSeconds(8);
    /** For a look at the images' first bytes. */
    private static final Duration LOOK = Duration.ofSeconds(10);

    private final VirtDfSettings settings;
    private final Commands commands;
    private final Workspace workspace;
    private final Turns turns;
    private final Capacities capacities;
    private final Appliance appliance;
    private final FilesystemMeter meter;

    /** What of a host tests want otherwise. */
    record Surroundings(HostMemory memory, Path kvm, Capacities.Look look) {
        static Surroundings ofThisHost() {
            return new Surroundings(HostMemory.ofThisHost(), Path.of("/dev/kvm"), Capacity::of);
        }
    }

    VirtDf(VirtDfSettings settings, Surroundings around, Host host) {
        TimeSource time = host.time();
        Trust trust = Trust.ofThisUser();
        this.settings = settings;
        this.commands = new Commands(settings, System.getenv());
        this.workspace = new Workspace(settings.temp(), isByLibvirt(), trust);
        this.turns = new Turns(settings.concurrency());
        this.capacities = new Capacities(around.look(), shorter(LOOK, settings.limit()), turns, time, host.threads());
        MemoryFloor floor = new MemoryFloor(around.memory(), settings, turns, time);
        this.appliance = new Appliance(settings, around.kvm(), commands, workspace, floor, trust, turns, time);
        this.meter = new VirtDfMeter(capacities, appliance, turns);
        workspace.sweep();
        new ApplianceCache(settings.cache(), trust).sweep();
    }

    private boolean isByLibvirt() {
        return settings.backend() == VirtDfSettings.Backend.LIBVIRT;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
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
        return settings.limit().plus(ENDING).multipliedBy(PARTS).plus(LOOK);
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
    public Optional<String> obstacle(List<DiskImage> disks) {
        try {
            capacities.of(disks);
        } catch (ReadingFailed e) {
            return Optional.of(e.reason());
        }
        // Through libvirt they are read by its user, of whom we know nothing.
        boolean readable = isByLibvirt() || disks.stream().allMatch(disk -> Files.isReadable(Path.of(disk.path())));
        return readable ? Optional.empty() : Optional.of("it has an image that this user cannot read");
    }

    @Override
    public void close() {
        turns.end();
        workspace.close();
    }
}
