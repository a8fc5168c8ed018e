package io.vmgauge.adapters.libvirt.definition;

import java.util.List;
import java.util.Optional;

/**
 * A disk of a definition.
 *
 * @param device the guest's name of it, such as vda; untrusted text
 * @param removable whether it is a CD-ROM or a floppy
 * @param excluded why it cannot be the VM's own, whatever its images are; absent if it can
 * @param chain its images, first the one that the guest writes to, then those below. The definition of a VM that does
 *     not run names only the first
 */
public record Disk(String device, boolean removable, Optional<String> excluded, List<ImageSource> chain) {
    public Disk {
        chain = List.copyOf(chain);
    }
}
