package io.vmgauge.adapters.libvirt.definition;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes a {@link Disk} of a disk element. Pure. */
final class DiskReader {
    private DiskReader() {}

    /** Absent if the disk has no name for the guest, which libvirt never writes. */
    static Optional<Disk> read(DomainXml disk) {
        return disk.child("target").flatMap(target -> target.attribute("dev")).map(device -> read(disk, device));
    }

    private static Disk read(DomainXml disk, String device) {
        String kind = disk.attribute("device").orElse("disk");
        boolean removable = kind.equals("cdrom") || kind.equals("floppy");
        List<ImageSource> chain = new ArrayList<>();
        addChain(disk, disk.child("driver").flatMap(driver -> driver.attribute("type")), chain);
        return new Disk(device, removable, excluded(disk, removable), chain);
    }

    private static Optional<String> excluded(DomainXml disk, boolean removable) {
        if (removable) {
            return Optional.of("a removable medium");
        }
        if (disk.child("readonly").isPresent()) {
            return Optional.of("read-only");
        }
        return disk.child("shareable").isPresent() ? Optional.of("shared by its definition") : Optional.empty();
    }

    /** The definition describes an image below another in the same way: its type, its source, and what is below it. */
    private static void addChain(DomainXml image, Optional<String> format, List<ImageSource> chain) {
        source(image, format).ifPresent(chain::add);
        image.child("source")
                .flatMap(source -> source.child("dataStore"))
                .ifPresent(data -> source(data, Optional.empty()).ifPresent(chain::add));
        for (DomainXml below : image.children("backingStore")) {
            addChain(below, below.child("format").flatMap(f -> f.attribute("type")), chain);
        }
    }

    /** Absent for an empty drive, and at the end of a chain. Where a definition names no format, libvirt takes raw. */
    private static Optional<ImageSource> source(DomainXml image, Optional<String> format) {
        Optional<DomainXml> source = image.child("source");
        String type = image.attribute("type").orElse("file");
        if (source.isEmpty()) {
            return Optional.empty();
        }
        return switch (type) {
            case "file" -> source.get().attribute("file").map(path -> new FileSource(path, format.orElse("raw")));
            case "volume" ->
                Optional.of(new VolumeSource(
                        source.get().attribute("pool").orElse(""),
                        source.get().attribute("volume").orElse(""),
                        format.orElse("raw")));
            case "block" -> Optional.of(new OtherSource("a block device"));
            case "network" -> Optional.of(new OtherSource("over a network"));
            default -> Optional.of(new OtherSource("no file"));
        };
    }
}
