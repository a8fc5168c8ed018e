package io.vmgauge.adapters.libvirt;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Compares the resident memory of a domain's process as it is told here with that of virsh. A QEMU takes memory and gives it
 * back while it works, also between two looks. So one of some looks has to agree.
 */
final class ResidentMemory {
    private static final long TWO_PAGES = 2 * 4096;
    private static final int LOOKS = 10;

    private ResidentMemory() {}

    /** Fails unless one look lies between the answers of virsh before and after it, give or take two pages. */
    static void agrees(PrivateLibvirtd libvirtd, String domain, LongSupplier told) {
        List<String> looks = new ArrayList<>();
        for (int i = 0; i < LOOKS; i++) {
            long before = VirshNumbers.of(libvirtd, domain).residentBytes();
            long resident = told.getAsLong();
            long after = VirshNumbers.of(libvirtd, domain).residentBytes();
            if (resident >= Math.min(before, after) - TWO_PAGES && resident <= Math.max(before, after) + TWO_PAGES) {
                return;
            }
            looks.add(resident + ", but virsh tells " + before + " and then " + after);
        }
        fail(looks.toString());
    }
}
