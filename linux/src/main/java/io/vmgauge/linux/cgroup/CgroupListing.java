package io.vmgauge.linux.cgroup;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The control groups on this host that libvirt may have made for domains, by the domains' ids. They are listed once,
 * when first asked for: an object is for one round. Several daemons on one host give the same ids, so a group may be
 * another daemon's, and the caller has to compare its counter.
 *
 * <p>They lie below {@code machine.slice} with systemd and below {@code machine} without, in the hierarchy that counts
 * CPU time (https://libvirt.org/cgroups.html). Groups in another partition are not found. A hierarchy may have several
 * names, as where {@code cpuacct} is a link to {@code cpu,cpuacct}: it is listed once.
 */
public final class CgroupListing {
    /** Version 1 comes first: where it counts CPU time, libvirt reads it and keeps the vCPUs' groups there. */
    private static final List<String> HIERARCHIES = List.of("cpuacct", "cpu,cpuacct", "", "unified");

    private static final List<String> PARTITIONS = List.of("machine.slice", "machine");
    /** systemd writes a dash in a name as {@code \x2d}. */
    private static final Pattern NAME = Pattern.compile("(?:machine-qemu\\\\x2d|qemu-)([0-9]{1,9})(?:\\\\x2d|-).*");

    private final Path root;
    private @Nullable Map<Integer, List<CgroupFile>> byId;

    /** @param root where the kernel's cgroup file systems are mounted */
    CgroupListing(Path root) {
        this.root = root;
    }

    public static CgroupListing ofThisHost() {
        return new CgroupListing(Path.of("/sys/fs/cgroup"));
    }

    /** Those that may belong to a domain with that id; none if none can be seen here. */
    public List<CgroupFile> of(int id) {
        Map<Integer, List<CgroupFile>> all = byId;
        if (all == null) {
            all = list();
            byId = all;
        }
        return all.getOrDefault(id, List.of());
    }

    private Map<Integer, List<CgroupFile>> list() {
        Map<Integer, List<CgroupFile>> all = new HashMap<>();
        Set<Path> listed = new HashSet<>();
        for (String hierarchy : HIERARCHIES) {
            for (String partition : PARTITIONS) {
                Path directory = root.resolve(hierarchy).resolve(partition);
                if (Files.isDirectory(directory) && listed.add(real(directory))) {
                    list(directory, all);
                }
            }
        }
        return all;
    }

    private static Path real(Path directory) {
        try {
            return directory.toRealPath();
        } catch (IOException e) {
            // It is gone or cannot be seen. The listing below takes what it can.
            return directory;
        }
    }

    private static void list(Path partition, Map<Integer, List<CgroupFile>> all) {
        try (DirectoryStream<Path> groups = Files.newDirectoryStream(partition)) {
            for (Path group : groups) {
                Matcher name = NAME.matcher(String.valueOf(group.getFileName()));
                if (name.matches()) {
                    all.computeIfAbsent(Integer.valueOf(name.group(1)), id -> new ArrayList<>())
                            .addAll(files(group));
                }
            }
        } catch (IOException e) {
            // This user may not see it: libvirt is asked instead.
        }
    }

    private static List<CgroupFile> files(Path group) {
        return List.of(CgroupFile.VERSION_2, CgroupFile.VERSION_1).stream()
                .map(group::resolve)
                .filter(Files::isReadable)
                .map(CgroupFile::new)
                .toList();
    }
}
