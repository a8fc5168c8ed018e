package io.vmgauge.adapters.libvirt.disk;

import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.domain.BlockStats;
import io.vmgauge.adapters.libvirt.domain.BlockStatsSource;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.DeviceBytes;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.linux.file.FileStat;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What images occupy on the host: their blocks, not their lengths. Thread-safe.
 *
 * <p>The kernel tells it of each file that is visible here. If libvirtd runs on another machine or in a container, a
 * file of that name may be another one. So the kernel's figure counts only after QEMU has told the same once in this
 * life of the VM. Until then QEMU's figure counts.
 *
 * <p>Long because one rule has three steps: what the kernel sees, what QEMU tells, and which of both counts.
 */
public final class ImageSizes {
    private final Function<String, Optional<FileStat>> stat;
    private final Map<VmId, Life> lives = new ConcurrentHashMap<>();

    private record Life(Incarnation incarnation, Set<FileStat.Id> believed) {
        boolean believes(FileStat seen) {
            return believed.contains(seen.file());
        }
    }

    /**
     * Believes nothing yet.
     *
     * @param stat {@link FileStat#of}
     */
    public ImageSizes(Function<String, Optional<FileStat>> stat) {
        this.stat = stat;
    }

    /**
     * By the guest's names of its disks, in order. All of them or nothing: a part must not pass for the whole. Empty if
     * none of the images turns out to be a file.
     *
     * @param incarnation the VM's life
     * @param own may be on a file system that does not answer; then this never returns
     * @throws VirtException also if QEMU does not say what an image takes that is not visible here
     */
    public Optional<List<DeviceBytes>> of(
            BlockStatsSource qemu, VmId vm, Incarnation incarnation, List<LocatedImage> own) throws VirtException {
        Life life = lives.compute(
                vm,
                (v, last) -> last != null && last.incarnation.equals(incarnation)
                        ? last
                        : new Life(incarnation, ConcurrentHashMap.newKeySet()));
        Map<String, FileStat> seen = look(own);
        List<LocatedImage> files =
                own.stream().filter(image -> !isDevice(seen.get(image.path()))).toList();
        Map<String, BlockStats> told = Map.of();
        if (!files.stream().allMatch(image -> isBelieved(life, seen.get(image.path())))) {
            Optional<Map<String, BlockStats>> answer = qemu.blocks();
            if (answer.isEmpty()) {
                // A driver such as the test driver: one call for each disk.
                return byDevice(files, image -> image.top() ? qemu.disk(image.device()) : OptionalLong.of(0));
            }
            told = answer.get();
            compare(life, seen, told);
        }
        return byDevice(files, size(life, seen, told));
    }

    /** Forgets all other VMs. */
    public void keepOnly(Set<VmId> listed) {
        lives.keySet().retainAll(listed);
    }

    private Map<String, FileStat> look(List<LocatedImage> images) {
        Map<String, FileStat> seen = new HashMap<>();
        images.forEach(image -> stat.apply(image.path()).ifPresent(one -> seen.put(image.path(), one)));
        return seen;
    }

    /** A definition may call something a file that is none. */
    private static boolean isDevice(@Nullable FileStat seen) {
        return seen != null && seen.isDevice();
    }

    private static boolean isBelieved(Life life, @Nullable FileStat seen) {
        return seen != null && life.believes(seen);
    }

    /** What QEMU tells lies between what the file says before and after. */
    private void compare(Life life, Map<String, FileStat> seen, Map<String, BlockStats> told) {
        for (Map.Entry<String, FileStat> each : seen.entrySet()) {
            FileStat before = each.getValue();
            BlockStats said = told.get(each.getKey());
            Optional<FileStat> after =
                    said == null || !before.isRegular() ? Optional.empty() : stat.apply(each.getKey());
            if (said != null
                    && after.isPresent()
                    && after.get().file().equals(before.file())
                    && agree(before, after.get(), said.physical())) {
                life.believed.add(before.file());
            }
        }
    }

    /** libvirt gives the length of a file that has no block. */
    private static boolean agree(FileStat before, FileStat after, long physical) {
        boolean isEmpty = before.bytes() == 0 && physical == before.length();
        return isEmpty
                || (Math.min(before.bytes(), after.bytes()) <= physical
                        && physical <= Math.max(before.bytes(), after.bytes()));
    }

    /** One image at a time; absent when it cannot be told. */
    private interface Size {
        OptionalLong of(LocatedImage image) throws VirtException;
    }

    private static Size size(Life life, Map<String, FileStat> seen, Map<String, BlockStats> told) {
        Set<Object> counted = new HashSet<>();
        return image -> {
            Optional<FileStat> believed =
                    Optional.ofNullable(seen.get(image.path())).filter(life::believes);
            // Two disks may lie on one image.
            boolean isNew = counted.add(believed.<Object>map(FileStat::file).orElse(image.path()));
            OptionalLong bytes =
                    believed.isPresent() ? OptionalLong.of(believed.get().bytes()) : told(image, told);
            return isNew ? bytes : OptionalLong.of(0);
        };
    }

    private static Optional<List<DeviceBytes>> byDevice(List<LocatedImage> files, Size size) throws VirtException {
        Map<String, Long> byDevice = new LinkedHashMap<>();
        for (LocatedImage image : files) {
            OptionalLong bytes = size.of(image);
            if (bytes.isEmpty()) {
                return Optional.empty();
            }
            byDevice.merge(image.device(), bytes.getAsLong(), Long::sum);
        }
        return Optional.of(byDevice.entrySet().stream()
                .map(device -> new DeviceBytes(device.getKey(), device.getValue()))
                .toList());
    }

    private static OptionalLong told(LocatedImage image, Map<String, BlockStats> told) throws VirtException {
        BlockStats said = told.get(image.path());
        if (said == null || said.physical() < 0) {
            throw VirtException.unanswered("QEMU does not say what " + SafeText.line(image.path()) + " takes");
        }
        return said.bytes();
    }
}
