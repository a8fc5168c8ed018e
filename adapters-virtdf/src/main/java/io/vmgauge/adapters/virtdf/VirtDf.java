package io.vmgauge.adapters.virtdf;

import io.vmgauge.adapters.virtdf.run.ApplianceCache;
import io.vmgauge.adapters.virtdf.run.PathOwnership;
import io.vmgauge.adapters.virtdf.run.ReadingFailed;
import io.vmgauge.adapters.virtdf.run.Workspace;
import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.text.SafeText;
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
    /**
     * A reading may have to wait for two trials of accelerators, for itself, and for memory before each of the three.
     */
    private static final int PARTS = 6;

    private static final Duration ENDING = Duration.ofSeconds(8);
    /** How long reading the images' first bytes may take. */
    private static final Duration LOOK = Duration.ofSeconds(10);

    private final VirtDfSettings settings;
    private final Commands commands;
    private final Workspace workspace;
    private final Slots slots;
    private final VirtualSizes capacities;
    private final Appliance appliance;
    private final FilesystemMeter meter;

    /** The parts of a host that tests replace. */
    record Surroundings(HostMemory memory, Path kvm, VirtualSizes.Look look) {
        static Surroundings ofThisHost() {
            return new Surroundings(HostMemory.ofThisHost(), Path.of("/dev/kvm"), ImageHeader::of);
        }
    }

    VirtDf(VirtDfSettings settings, Surroundings around, Host host) {
        TimeSource time = host.time();
        PathOwnership ownership = PathOwnership.ofThisUser();
        this.settings = settings;
        this.commands = new Commands(settings, System.getenv());
        this.workspace = new Workspace(settings.temp(), isByLibvirt(), ownership);
        this.slots = new Slots(settings.concurrency());
        this.capacities = new VirtualSizes(around.look(), shorter(LOOK, settings.limit()), slots, time, host.threads());
        MemoryAdmission floor =
                new MemoryAdmission(around.memory(), settings.memoryFloor(), settings.limit(), slots, time);
        this.appliance = new Appliance(settings, around.kvm(), commands, workspace, floor, ownership, slots, time);
        this.meter = new VirtDfMeter(capacities, appliance, slots);
        workspace.sweep();
        new ApplianceCache(settings.cache(), ownership).sweep();
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
                    "there is no program " + SafeText.line(settings.command()),
                    "apt-get install guestfs-tools, or say where it is in filesystems.virt-df.command"));
        }
        if (!slots.acquire()) {
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
            slots.release();
        }
    }

    @Override
    public Optional<String> obstacle(List<DiskImage> disks) {
        try {
            capacities.of(disks);
        } catch (ReadingFailed e) {
            return Optional.of(e.reason());
        }
        // Through libvirt, libvirt's user reads them, of whom we know nothing.
        boolean readable = isByLibvirt() || disks.stream().allMatch(disk -> Files.isReadable(Path.of(disk.path())));
        return readable ? Optional.empty() : Optional.of("it has an image that this user cannot read");
    }

    @Override
    public void close() {
        slots.close();
        workspace.close();
    }
}
