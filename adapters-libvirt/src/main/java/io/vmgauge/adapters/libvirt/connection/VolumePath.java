package io.vmgauge.adapters.libvirt.connection;

import java.util.Optional;

/**
 * What libvirt says of a volume of one of its storage pools.
 *
 * @param path of the file or device; of a volume on a server whatever libvirt calls it; absent if that is unknown
 * @param why it is unknown, in one line; empty if it is known
 */
public record VolumePath(Optional<String> path, String why) {
    /** The path is known. */
    static VolumePath of(String path) {
        return new VolumePath(Optional.of(path), "");
    }

    /** The path is unknown. */
    public static VolumePath unknown(String why) {
        return new VolumePath(Optional.empty(), why);
    }
}
