package io.vmgauge.adapters.grpc.overlay;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * No rate that a reader can compute from two answers is more than the VM's vCPUs and what the runtime accounts for,
 * whatever happens to VM, container, libvirt and agent, and in whichever order readers ask.
 *
 * <p>One case is exempt: an agent that starts without its counter state begins each counter anew, from the runtime's.
 */
class RelayedRatesTest {
    private static final int HISTORIES = 1000;
    private static final int STEPS = 150;

    @Test
    void noRateIsMoreThanThereCanBe() {
        List<String> wrong = new ArrayList<>();
        int told = 0;
        for (long seed = 1; seed <= HISTORIES; seed++) {
            RelayHistory history = new RelayHistory(seed);
            try {
                for (int step = 0; step < STEPS; step++) {
                    history.step();
                }
            } catch (AssertionError e) {
                wrong.add(e.getMessage());
            }
            told += history.told();
        }
        assertTrue(told > 50 * HISTORIES || !wrong.isEmpty(), told + " answers");
        assertTrue(
                wrong.isEmpty(),
                () -> wrong.size() + " of " + HISTORIES + " histories: "
                        + String.join("\n", wrong.subList(0, Math.min(5, wrong.size()))));
    }
}
