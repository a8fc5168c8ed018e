package io.vmgauge.adapters.libvirt.domain;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class DomainNameTest {
    @Test
    void appliancesOfLibguestfsAreNobodysVms() {
        assertTrue(new DomainName("u", "guestfs-0123456789abcdef").isOfAppliance());
        for (String other : List.of(
                "guestfs-", "guestfs-web", "guestfs-0123456789ABCDEF", "guestfs-0123456789abcdefg", "my-guestfs-abc")) {
            assertFalse(new DomainName("u", other).isOfAppliance(), other);
        }
    }
}
