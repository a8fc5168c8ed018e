package io.vmgauge.adapters.grpc.mapping;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.vmgauge.adapters.grpc.cri.RuntimeCondition;
import io.vmgauge.adapters.grpc.cri.RuntimeStatus;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.inbound.AgentStatus;
import io.vmgauge.ports.inbound.KnownVm;
import java.util.Locale;

/** Domain to CRI: whether vmgauge works, and details for people. */
public final class StatusMapping {
    private StatusMapping() {}

    /** Always says that the network is ready: clients refuse a runtime that does not, and VMs' networks are not ours. */
    public static RuntimeStatus conditions(AgentStatus status) {
        RuntimeCondition.Builder runtime = RuntimeCondition.newBuilder()
                .setType("RuntimeReady")
                .setStatus(status.problem().isEmpty());
        status.problem()
                .ifPresent(problem -> runtime.setReason("HypervisorUnavailable").setMessage(SafeText.line(problem)));
        return RuntimeStatus.newBuilder()
                .addConditions(runtime)
                .addConditions(
                        RuntimeCondition.newBuilder().setType("NetworkReady").setStatus(true))
                .build();
    }

    /** vmgauge's own details, for the map that clients show as JSON. */
    public static String details(AgentStatus status) {
        JsonArray unresponsive = new JsonArray();
        status.unresponsiveVms().forEach(unresponsive::add);
        JsonObject json = new JsonObject();
        json.addProperty("version", status.version());
        json.addProperty("runningVms", status.runningVms());
        json.add("unresponsiveVms", unresponsive);
        return json.toString();
    }

    /** The details of one VM, for the same map. */
    public static String details(KnownVm known) {
        JsonObject json = new JsonObject();
        json.addProperty("vm", known.vm().id().value());
        json.addProperty("name", known.vm().name());
        json.addProperty("state", known.vm().state().name().toLowerCase(Locale.ROOT));
        json.addProperty("incarnation", known.vm().incarnation().number());
        return json.toString();
    }
}
