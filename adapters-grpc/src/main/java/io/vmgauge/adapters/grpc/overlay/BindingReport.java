package io.vmgauge.adapters.grpc.overlay;

import com.google.gson.JsonArray;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import io.vmgauge.adapters.grpc.cri.StatusResponse;
import java.util.List;
import java.util.Map;

/**
 * Which container each VM is, or why it is none: a line for each VM. A Status answer has the lines as two lists among
 * its details.
 *
 * @param bound the lines of VMs that are containers
 * @param unbound the lines of all other VMs, and of VMs that are gone
 */
public record BindingReport(List<String> bound, List<String> unbound) {
    static final BindingReport NOTHING = new BindingReport(List.of(), List.of());
    private static final String BOUND = "vmgauge.bound";
    private static final String UNBOUND = "vmgauge.unbound";

    public BindingReport {
        bound = List.copyOf(bound);
        unbound = List.copyOf(unbound);
    }

    /** The details to be added to a Status answer. */
    StatusResponse details() {
        return StatusResponse.newBuilder()
                .putInfo(BOUND, json(bound))
                .putInfo(UNBOUND, json(unbound))
                .build();
    }

    /** Whether these details are those of a relay. */
    public static boolean isIn(Map<String, String> details) {
        return details.containsKey(BOUND) && details.containsKey(UNBOUND);
    }

    /** The report in these details. A list that is missing is empty. */
    public static BindingReport of(Map<String, String> details) {
        return new BindingReport(lines(details.getOrDefault(BOUND, "[]")), lines(details.getOrDefault(UNBOUND, "[]")));
    }

    private static String json(List<String> lines) {
        JsonArray json = new JsonArray();
        lines.forEach(json::add);
        return json.toString();
    }

    private static List<String> lines(String json) {
        ListValue.Builder list = ListValue.newBuilder();
        try {
            JsonFormat.parser().merge(json, list);
        } catch (InvalidProtocolBufferException e) {
            return List.of();
        }
        return list.getValuesList().stream().map(Value::getStringValue).toList();
    }
}
