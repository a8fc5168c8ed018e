package io.vmgauge.adapters.libvirt.disk;

import io.vmgauge.linux.file.FilePlace;
import java.util.Optional;

/**
 * An image of a disk, and where it lies as far as that is known.
 *
 * @param device the guest's name of the disk
 * @param removable whether the disk is a CD-ROM or a floppy
 * @param top whether it is the one that the guest writes to
 * @param path as libvirt names it; empty if it is no file
 * @param place where that really is; absent if it is no file
 * @param excluded why it is not the VM's own, in a few words; absent if it is
 */
public record LocatedImage(
        String device,
        boolean removable,
        boolean top,
        String path,
        String format,
        Optional<FilePlace> place,
        Optional<String> excluded) {

    LocatedImage because(String reason) {
        return new LocatedImage(device, removable, top, path, format, place, Optional.of(reason));
    }
}
