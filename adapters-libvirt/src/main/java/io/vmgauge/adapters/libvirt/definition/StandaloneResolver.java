package io.vmgauge.adapters.libvirt.definition;

import io.vmgauge.adapters.libvirt.domain.DomainName;
import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import java.util.Map;
import java.util.Optional;

/** A domain that belongs to no pod is a pod of its own. This resolver always has an answer. */
public final class StandaloneResolver implements PlacementResolver {
    private final String namespace;

    public StandaloneResolver(String namespace) {
        this.namespace = namespace;
    }

    @Override
    public String name() {
        return "standalone";
    }

    @Override
    public Optional<Placement> resolve(DomainName domain, DomainXml xml) {
        return Optional.of(place(domain, PlacementResolver.anyImage(xml)));
    }

    /** The placement of a domain whose XML is not known. */
    Placement place(DomainName domain) {
        return place(domain, "libvirt/domain");
    }

    private Placement place(DomainName domain, String image) {
        ContainerId container = new ContainerId(domain.uuid());
        PodSandbox sandbox = new PodSandbox(
                PlacementResolver.sandboxOf(domain.uuid(), container),
                namespace,
                domain.podName(),
                domain.uuid(),
                0,
                Map.of(),
                Map.of());
        return new Placement(sandbox, container, "vm", 0, image);
    }
}
