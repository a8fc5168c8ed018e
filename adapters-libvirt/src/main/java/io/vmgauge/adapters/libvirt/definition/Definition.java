package io.vmgauge.adapters.libvirt.definition;

import io.vmgauge.domain.identity.Placement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What we need of a domain's XML.
 *
 * @param rejected why a part of it could not be used, in one line
 * @param interfaces the host's names of its network interfaces, in order
 * @param disks all of them, removable ones too, in order; {@code OwnImages} says which are the VM's own
 * @param memoryBytes all memory that the host gave it; absent if that is not known
 * @param hugePages whether some of its memory is in huge pages
 * @param balloon whether it has a memory balloon, through which a guest reports
 * @param statsPeriod how often the guest reports its memory; zero if it does not
 */
public record Definition(
        Placement placement,
        Optional<String> rejected,
        List<String> interfaces,
        List<Disk> disks,
        OptionalLong memoryBytes,
        boolean hugePages,
        boolean balloon,
        Duration statsPeriod) {
    public Definition {
        interfaces = List.copyOf(interfaces);
        disks = List.copyOf(disks);
    }
}
