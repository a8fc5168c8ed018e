package io.vmgauge.adapters.libvirt.definition;

import io.vmgauge.adapters.libvirt.domain.DomainName;
import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * KubeVirt names its domains {@code <namespace>_<VM instance>} and puts the instance's uid into their metadata. They do
 * not name the pod, so the instance stands for it.
 */
public final class KubevirtResolver implements PlacementResolver {
    private static final String NAMESPACE = "http://kubevirt.io";

    @Override
    public String name() {
        return "kubevirt";
    }

    @Override
    public Optional<Placement> resolve(DomainName domain, DomainXml xml) throws BadDefinition {
        List<DomainXml> elements = xml.child("metadata")
                .map(m -> m.children(NAMESPACE, "kubevirt"))
                .orElse(List.of());
        if (elements.isEmpty()) {
            return Optional.empty();
        }
        String uid = elements.get(0).children(NAMESPACE, "uid").stream()
                .map(u -> u.text().strip())
                .findFirst()
                .orElseThrow(() -> new BadDefinition("no uid"));
        String[] names = domain.name().split("_", -1);
        if (names.length != 2) {
            throw new BadDefinition("the domain's name is not NAMESPACE_NAME");
        }
        ContainerId container = new ContainerId(domain.uuid());
        PodSandbox sandbox = new PodSandbox(
                PlacementResolver.sandboxOf(uid, container), names[0], names[1], uid, 0, Map.of(), Map.of());
        return Optional.of(new Placement(sandbox, container, "compute", 0, PlacementResolver.anyImage(xml)));
    }
}
