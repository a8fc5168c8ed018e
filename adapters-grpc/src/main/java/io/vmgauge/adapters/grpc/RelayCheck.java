package io.vmgauge.adapters.grpc;

import io.vmgauge.adapters.grpc.client.CriStatsClient;
import io.vmgauge.adapters.grpc.overlay.BindingReport;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.spi.EndpointException;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Finding.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Asks the relay that runs here which containers are which VMs. Nobody else knows what it has bound. */
final class RelayCheck {
    private static final String SUBJECT = "containers that are VMs";

    private RelayCheck() {}

    static List<Finding> of(Path socket) {
        if (!Files.exists(socket)) {
            return List.of(unknown(
                    "no vmgauge serves at " + SafeText.line(socket.toString()), "start vmgauge and check again"));
        }
        Map<String, String> details;
        try (CriStatsClient relay = new CriStatsClient(socket)) {
            details = relay.details();
        } catch (EndpointException e) {
            return List.of(unknown(SafeText.line(String.valueOf(e.getMessage())), "start vmgauge and check again"));
        }
        if (!BindingReport.isIn(details)) {
            return List.of(unknown(
                    "whoever serves at " + SafeText.line(socket.toString()) + " does not say",
                    "restart vmgauge with these settings and check again"));
        }
        BindingReport report = BindingReport.of(details);
        return Stream.concat(
                        report.bound().stream().map(line -> new Finding(Level.GOOD, SUBJECT, SafeText.line(line), "")),
                        report.unbound().stream()
                                .map(line -> new Finding(
                                        Level.HINT,
                                        SUBJECT,
                                        SafeText.line(line),
                                        "see docs/KUBELET.md for how a VM says which container it is")))
                .toList();
    }

    private static Finding unknown(String why, String remedy) {
        return new Finding(Level.HINT, SUBJECT, "are not known: " + why, remedy);
    }
}
