package io.vmgauge.ports.inbound;

import java.util.List;
import java.util.Optional;

/**
 * How the agent is doing.
 *
 * @param version the agent's own version
 * @param problem why not all can be measured at present, in one line: that the list of VMs is stale, for example, and
 *     why. VMs that are known may be measured all the same. Absent if all is well
 * @param runningVms how many VMs are being measured
 * @param unresponsiveVms the pods of VMs whose hypervisor process does not answer, as NAMESPACE/NAME, sorted
 */
public record AgentStatus(String version, Optional<String> problem, int runningVms, List<String> unresponsiveVms) {
    public AgentStatus {
        unresponsiveVms = List.copyOf(unresponsiveVms);
    }
}
