package io.vmgauge.adapters.libvirt;

import io.vmgauge.adapters.libvirt.HostCheck.Remark;
import io.vmgauge.adapters.libvirt.disk.LocatedImage;
import io.vmgauge.adapters.libvirt.disk.OwnImages;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.spi.Finding.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What an operator should know of a VM's disks: which images count as its own, which do not, and why. */
final class DiskRemarks {
    private static final int MOST_IMAGES = 6;
    /** What systemd's ProtectHome hides from the service. The check itself may run without it and see them. */
    private static final List<String> HOMES = List.of("/home/", "/root/", "/run/user/");

    private DiskRemarks() {}

    static List<Remark> of(OwnImages.Verdict verdict) {
        List<Remark> all = new ArrayList<>();
        verdict.unknown()
                .ifPresent(why -> all.add(new Remark(
                        Level.HINT, "has no disk usage: " + why, "see virsh pool-list --all and virsh vol-list POOL")));
        if (verdict.unknown().isEmpty() && verdict.own().isEmpty()) {
            all.add(new Remark(Level.HINT, "has no node-local disk of its own: its disk usage is absent", ""));
        }
        List<LocatedImage> others =
                verdict.others().stream().filter(image -> !image.removable()).toList();
        if (!verdict.own().isEmpty() || !others.isEmpty()) {
            all.add(new Remark(Level.GOOD, line(verdict.own(), others), ""));
        }
        if (verdict.own().stream().anyMatch(DiskRemarks::isInAHome)) {
            all.add(new Remark(
                    Level.HINT,
                    "has images below /home, /root or /run/user, which ProtectHome=yes in vmgauge.service hides: virt-df"
                            + " cannot read them there, and block takes QEMU's figures",
                    "set ProtectHome=read-only in the service, or move the images"));
        }
        return all;
    }

    private static boolean isInAHome(LocatedImage image) {
        return image.place().stream().anyMatch(place -> HOMES.stream().anyMatch(place.path()::startsWith));
    }

    private static String line(List<LocatedImage> own, List<LocatedImage> others) {
        List<String> parts = new ArrayList<>();
        if (!own.isEmpty()) {
            parts.add("its disk usage counts " + names(own));
        }
        if (!others.isEmpty()) {
            parts.add((own.isEmpty() ? "its disk usage does not count " : "not ") + names(others));
        }
        return String.join("; ", parts);
    }

    private static String names(List<LocatedImage> images) {
        String first = images.stream().limit(MOST_IMAGES).map(DiskRemarks::name).collect(Collectors.joining(", "));
        return images.size() <= MOST_IMAGES ? first : first + " and " + (images.size() - MOST_IMAGES) + " more";
    }

    private static String name(LocatedImage image) {
        String where = image.path().isEmpty() ? "" : " " + SafeText.line(image.path());
        return SafeText.name(image.device())
                + where
                + image.excluded().map(why -> " (" + why + ")").orElse("");
    }
}
