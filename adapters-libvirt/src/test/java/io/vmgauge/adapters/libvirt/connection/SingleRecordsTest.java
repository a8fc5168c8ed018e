package io.vmgauge.adapters.libvirt.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.libvirt.ConfigSettings;
import io.vmgauge.adapters.libvirt.TestDriverLab;
import io.vmgauge.adapters.libvirt.binding.LibvirtNative;
import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.domain.DomainHandle;
import io.vmgauge.adapters.libvirt.domain.DomainRecords;
import io.vmgauge.domain.identity.VmId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a driver without bulk statistics is asked instead tells the same, on a driver that can do both. */
class SingleRecordsTest {
    @Test
    void domainsThatAreAskedOneByOneAreTheSameAsInBulk() throws Exception {
        try (TestDriverLab lab = new TestDriverLab()) {
            lab.add("running");
            lab.pause(lab.add("paused"));
            VmId off = lab.add("off");
            lab.stop(off);
            Connection connection = Connection.open(
                    ConfigSettings.parsed("uri = \"test:///default\"").connection());
            try {
                for (int flags : new int[] {0, LibvirtNative.ONLY_ACTIVE}) {
                    List<String> bulk = told(connection.stats(LibvirtNative.STATS_STATE, flags));
                    assertEquals(bulk, told(connection.singles(flags)));
                    assertEquals(flags == 0, bulk.stream().anyMatch(line -> line.startsWith(off.value())));
                }
            } finally {
                connection.close();
            }
        }
    }

    private static List<String> told(DomainRecords records) throws VirtException {
        List<String> all = new ArrayList<>();
        try (records) {
            for (int i = 0; i < records.count(); i++) {
                DomainHandle domain = records.domain(i);
                all.add(domain.name().vm() + " " + domain.id() + " " + records.stats(i));
            }
        }
        assertTrue(all.size() >= 2, all::toString);
        return all.stream().sorted().toList();
    }
}
