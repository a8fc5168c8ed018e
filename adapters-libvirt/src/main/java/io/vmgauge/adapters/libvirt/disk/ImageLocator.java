package io.vmgauge.adapters.libvirt.disk;

import io.vmgauge.adapters.libvirt.connection.VolumePath;
import io.vmgauge.adapters.libvirt.definition.Definition;
import io.vmgauge.adapters.libvirt.definition.Disk;
import io.vmgauge.adapters.libvirt.definition.FileSource;
import io.vmgauge.adapters.libvirt.definition.ImageSource;
import io.vmgauge.adapters.libvirt.definition.OtherSource;
import io.vmgauge.adapters.libvirt.definition.VolumeSource;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.linux.file.FilePlace;
import io.vmgauge.linux.file.MountTable;
import io.vmgauge.linux.file.MountTable.Mount;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds out where the images of a definition lie, and which of them can be a VM's own. */
public final class ImageLocator {
    private static final int LONGEST_PATH = 4095;

    private final VolumeDirectories volumes;
    private final StorageVolumes storage;
    private final Supplier<MountTable> mounts;

    /**
     * Locates images among what is mounted.
     *
     * @param mounts what is mounted at present
     */
    public ImageLocator(VolumeDirectories volumes, StorageVolumes storage, Supplier<MountTable> mounts) {
        this.volumes = volumes;
        this.storage = storage;
        this.mounts = mounts;
    }

    /**
     * What was found.
     *
     * @param images in the order of the definition, those of a chain from the top down
     * @param unknown why there may be others, in one line; absent if these are all
     */
    record Located(List<LocatedImage> images, Optional<String> unknown) {
        Located {
            images = List.copyOf(images);
        }
    }

    Located locate(List<Disk> disks) {
        MountTable mounted = mounts.get();
        List<LocatedImage> images = new ArrayList<>();
        Optional<String> unknown = Optional.empty();
        for (Disk disk : disks) {
            for (int i = 0; i < disk.chain().size(); i++) {
                Found found = find(disk, disk.chain().get(i));
                images.add(located(disk, i == 0, found, mounted));
                // It does not matter where a disk lies that does not count.
                unknown = unknown.or(() -> disk.excluded().isPresent() ? Optional.empty() : found.unknown);
            }
        }
        return new Located(images, unknown);
    }

    /** Forgets what only other definitions name. */
    void keepOnly(Collection<Definition> definitions) {
        storage.keepOnly(definitions.stream()
                .flatMap(definition -> definition.disks().stream())
                .flatMap(disk -> disk.chain().stream())
                .filter(VolumeSource.class::isInstance)
                .map(VolumeSource.class::cast)
                .collect(Collectors.toSet()));
    }

    /** What the name of an image says: its path, or that it is no file, or why that is unknown. */
    private record Found(String path, String format, Optional<String> noFile, Optional<String> unknown) {}

    private Found find(Disk disk, ImageSource source) {
        if (source instanceof FileSource file) {
            return file(disk, file.path(), file.format());
        }
        if (source instanceof OtherSource elsewhere) {
            return new Found("", "", Optional.of(elsewhere.what()), Optional.empty());
        }
        VolumeSource volume = (VolumeSource) source;
        String name = "volume " + SafeText.name(volume.name()) + " of pool " + SafeText.name(volume.pool());
        VolumePath answer = storage.of(volume);
        if (answer.path().isEmpty()) {
            String why = "its disk " + SafeText.name(disk.device()) + " is " + name + ", which cannot be resolved: "
                    + answer.why();
            return new Found("", "", Optional.of(name), Optional.of(why));
        }
        String path = answer.path().get();
        // Anything else than a path is the name of something on a server.
        return path.startsWith("/")
                ? file(disk, path, volume.format())
                : new Found("", "", Optional.of(name + ", over a network"), Optional.empty());
    }

    private static Found file(Disk disk, String path, String format) {
        boolean sound = path.startsWith("/") && path.length() <= LONGEST_PATH;
        Optional<String> unknown = sound
                ? Optional.empty()
                : Optional.of("its disk " + SafeText.name(disk.device()) + " has no absolute path");
        return new Found(sound ? path : "", format, sound ? Optional.empty() : unknown, unknown);
    }

    private LocatedImage located(Disk disk, boolean top, Found found, MountTable mounted) {
        Optional<FilePlace> place =
                found.path.isEmpty() ? Optional.empty() : Optional.of(FilePlace.of(found.path, mounted));
        Optional<String> excluded =
                disk.excluded().or(() -> found.noFile).or(() -> place.flatMap(there -> reason(found.path, there)));
        return new LocatedImage(disk.device(), disk.removable(), top, found.path, found.format, place, excluded);
    }

    /**
     * Each name of the file counts: the one that libvirt tells, the one without links, and the one within its own file
     * system.
     */
    private Optional<String> reason(String path, FilePlace place) {
        if (place.path().startsWith("/dev/") && !place.path().startsWith("/dev/shm/")) {
            return Optional.of("a device");
        }
        Optional<Mount> network = place.mount().filter(Mount::isNetwork);
        if (network.isPresent()) {
            return Optional.of("on " + network.get().type() + ", mounted at "
                    + SafeText.name(network.get().point()));
        }
        return Stream.of(
                        Optional.of(path),
                        Optional.of(place.path()),
                        place.mount().map(mount -> mount.within(place.path())))
                .flatMap(Optional::stream)
                .flatMap(name -> volumes.reason(name).stream())
                .findFirst();
    }
}
