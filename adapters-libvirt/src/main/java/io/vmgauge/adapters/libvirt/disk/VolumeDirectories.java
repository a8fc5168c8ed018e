package io.vmgauge.adapters.libvirt.disk;

import io.vmgauge.linux.file.FilePlace;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where volumes and the layers of containers lie. Each kubelet and each runtime has its own directory, but all of them
 * use the same layout below it. So the layout is what is looked for. Paths are compared as text: no file is looked up,
 * and character sets do not matter.
 */
public final class VolumeDirectories {
    private static final String POD = "/pods/[0-9A-Fa-f-]{32,36}/";

    /** What lies there, by a part of the path. */
    private static final Map<Pattern, String> LAYOUTS = layouts();

    private final Map<String, Pattern> configured = new LinkedHashMap<>();

    /**
     * Adds directories to the layouts that are always known.
     *
     * @param directories absolute; a {@code *} stands for one path element
     */
    public VolumeDirectories(List<String> directories) {
        directories.forEach(directory -> configured.put(directory, below(directory)));
    }

    private static Map<Pattern, String> layouts() {
        Map<Pattern, String> all = new LinkedHashMap<>();
        all.put(Pattern.compile(POD + "(volumes|volume-subpaths|volumeDevices)/"), "in a pod's volume");
        all.put(Pattern.compile("/plugins/kubernetes\\.io/"), "in a kubelet's volume");
        // containerd's snapshots and what it mounts; CRI-O's, Podman's and Docker's layers.
        all.put(Pattern.compile("/io\\.containerd\\.[^/]+/"), "in a container's layer");
        all.put(Pattern.compile("/overlay(2|-containers)?/[0-9a-f]{64}/"), "in a container's layer");
        return all;
    }

    /** Why a file is not a VM's own disk, for people; absent if its path does not say so. */
    public Optional<String> reason(String file) {
        String path = FilePlace.normal(file);
        Optional<String> below = configured.entrySet().stream()
                .filter(each -> each.getValue().matcher(path).lookingAt())
                .map(each -> "below " + each.getKey())
                .findFirst();
        return LAYOUTS.entrySet().stream()
                .filter(each -> each.getKey().matcher(path).find())
                .map(Map.Entry::getValue)
                .findFirst()
                .or(() -> below);
    }

    private static Pattern below(String directory) {
        String[] literal = FilePlace.normal(directory).split("\\*", -1);
        return Pattern.compile(
                String.join("[^/]+", Arrays.stream(literal).map(Pattern::quote).toList()) + "/");
    }
}
