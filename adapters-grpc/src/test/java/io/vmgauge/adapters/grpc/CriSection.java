package io.vmgauge.adapters.grpc;

import io.vmgauge.ports.testkit.ReferenceSettings;

/** The section endpoint.cri as it is shipped, but for the socket. */
public final class CriSection {
    private CriSection() {}

    public static ReferenceSettings at(String socket) {
        return ReferenceSettings.of(CriProvider.class, "endpoint.cri").with("socket", socket);
    }
}
