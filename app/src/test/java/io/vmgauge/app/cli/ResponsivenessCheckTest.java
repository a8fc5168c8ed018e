package io.vmgauge.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.app.SystemTime;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.engine.EngineSettings;
import io.vmgauge.ports.testkit.FakeHypervisor;
import io.vmgauge.ports.testkit.FakeHypervisor.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ResponsivenessCheckTest {
    private static final EngineSettings.Monitor MONITOR = new EngineSettings.Monitor(4, Duration.ofMillis(300), 8);

    private final SystemTime time = new SystemTime();
    private final FakeHypervisor hypervisor = new FakeHypervisor(time);
    private final ResponsivenessCheck check = new ResponsivenessCheck(hypervisor.meter(), MONITOR, time);

    @AfterEach
    void letGo() {
        hypervisor.close();
    }

    @Test
    void thoseThatDoNotAnswerAreNamedAndTheOthersAreNot() {
        List<VmId> vms = vms(20);
        hypervisor.stick(vms.get(3));
        hypervisor.refuse(vms.get(7), "it is broken");

        ResponsivenessCheck.Result result = check.run(vms);

        assertEquals(Set.of(vms.get(3), vms.get(7)), result.silent().keySet());
        assertEquals("it is broken", result.silent().get(vms.get(7)));
        assertEquals(Set.of(), result.unasked());
    }

    /** Each call that hangs holds one of libvirtd's twenty workers, and the agent holds twelve of them already. */
    @Test
    void noMoreThanSixCallsEverHangAndTheRestIsSaidToBeUnasked() {
        List<VmId> vms = vms(30);
        vms.forEach(hypervisor::stick);

        ResponsivenessCheck.Result result = check.run(vms);

        assertEquals(6, hypervisor.calls(Call.MEASURE));
        assertEquals(6, result.silent().size());
        assertEquals(24, result.unasked().size());
        assertTrue(result.silent().values().stream().allMatch(why -> why.equals("no answer within 300 ms")));
    }

    private List<VmId> vms(int number) {
        List<VmId> all = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            all.add(hypervisor.add("vm" + i));
        }
        return all;
    }
}
