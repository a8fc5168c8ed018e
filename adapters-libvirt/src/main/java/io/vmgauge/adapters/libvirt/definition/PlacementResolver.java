package io.vmgauge.adapters.libvirt.definition;

import io.vmgauge.adapters.libvirt.domain.DomainName;
import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandboxId;
import java.util.Optional;

/** One way to find out which container of which pod a domain is. Pure. */
public interface PlacementResolver {
    /** As the configuration calls it. */
    String name();

    /**
     * Absent if the domain says nothing in this way.
     *
     * @throws BadDefinition if it does, but makes no sense
     * @throws IllegalArgumentException likewise, by the rules of the domain model
     */
    Optional<Placement> resolve(DomainName domain, DomainXml xml) throws BadDefinition;

    /**
     * The id of a sandbox that nobody gave one. A kubelet keeps containers and sandboxes of a pod in one table by id, so
     * it must not be the container's, and it must be the same after every restart of this agent: the pod's uid, or if
     * that is taken, an id made of it.
     */
    static PodSandboxId sandboxOf(String podUid, ContainerId container) {
        return podUid.equals(container.value()) ? PodSandboxId.madeOf(podUid) : new PodSandboxId(podUid);
    }

    /** What the image of a VM is called that came from nowhere: a kubelet drops containers without an image. */
    static String anyImage(DomainXml xml) {
        String type = xml.attribute("type").orElse("");
        return "libvirt/" + (type.matches("[a-z0-9]{1,20}") ? type : "domain");
    }
}
