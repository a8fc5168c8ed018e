package io.vmgauge.adapters.libvirt.disk;

import io.vmgauge.adapters.libvirt.definition.Definition;
import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which images are a VM's own: files on this node that exactly one definition of the host names. What they occupy is
 * the VM's ephemeral storage. Thread-safe.
 */
public final class OwnImages {
    private final ImageLocator locator;
    private final TimeSource time;
    private final Duration refresh;
    private final Map<VmId, Remembered> located = new ConcurrentHashMap<>();
    /** Who names a file, by where it really lies; as of the last listing. */
    private volatile Map<String, Set<VmId>> names = Map.of();

    private record Remembered(Definition definition, Moment at, ImageLocator.Located found) {}

    /**
     * Knows no VM yet.
     *
     * @param refresh how long it may be remembered where an image lies
     */
    public OwnImages(ImageLocator locator, TimeSource time, Duration refresh) {
        this.locator = locator;
        this.time = time;
        this.refresh = refresh;
    }

    /**
     * All images of a VM, judged.
     *
     * @param own in the order of the definition, those of a chain from the top down
     * @param others with the reason why each is not
     * @param unknown why there may be more of its own, in one line; absent if these are all
     */
    public record Verdict(List<LocatedImage> own, List<LocatedImage> others, Optional<String> unknown) {
        public Verdict {
            own = List.copyOf(own);
            others = List.copyOf(others);
        }

        /**
         * Those that the guest writes to. If one of them is not known, the list is empty: a part must not pass for the
         * whole.
         */
        public List<DiskImage> disks() {
            if (unknown.isPresent()) {
                return List.of();
            }
            try {
                return own.stream()
                        .filter(LocatedImage::top)
                        .map(image -> new DiskImage(image.path(), image.format()))
                        .toList();
            } catch (IllegalArgumentException e) {
                return List.of();
            }
        }
    }

    /**
     * Learns which VM names which files, and forgets all other VMs.
     *
     * @param all the definitions of the host's VMs, running or not
     */
    public void list(Map<VmId, Definition> all) {
        Map<String, Set<VmId>> named = new HashMap<>();
        all.forEach((vm, definition) -> find(vm, definition).images().stream()
                .flatMap(image -> image.place().stream())
                .forEach(place -> named.computeIfAbsent(place.path(), p -> new HashSet<>(2))
                        .add(vm)));
        names = named;
        located.keySet().retainAll(all.keySet());
        locator.keepOnly(all.values());
    }

    public Verdict of(VmId vm, Definition definition) {
        ImageLocator.Located found = find(vm, definition);
        List<LocatedImage> own = new ArrayList<>();
        List<LocatedImage> others = new ArrayList<>();
        found.images().stream()
                .map(image -> judged(vm, image))
                .forEach(image -> (image.excluded().isPresent() ? others : own).add(image));
        return new Verdict(own, others, found.unknown());
    }

    private LocatedImage judged(VmId vm, LocatedImage image) {
        boolean shared = image.place().stream()
                .flatMap(place -> names.getOrDefault(place.path(), Set.of()).stream())
                .anyMatch(other -> !other.equals(vm));
        return shared && image.excluded().isEmpty() ? image.because("named by another VM too") : image;
    }

    private ImageLocator.Located find(VmId vm, Definition definition) {
        Remembered last = located.get(vm);
        if (last != null
                && last.definition.equals(definition)
                && last.found.unknown().isEmpty()
                && time.now().nanosSince(last.at) < refresh.toNanos()) {
            return last.found;
        }
        ImageLocator.Located found = locator.locate(definition.disks());
        located.put(vm, new Remembered(definition, time.now(), found));
        return found;
    }
}
