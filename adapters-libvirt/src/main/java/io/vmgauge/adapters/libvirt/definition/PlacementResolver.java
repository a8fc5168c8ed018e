package io.vmgauge.adapters.libvirt.definition;

import io.vmgauge.adapters.libvirt.domain.DomainName;
import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandboxId;
import java.util.Optional;

/** One way to find out which container of which pod a domain is. Pure. */
public interface PlacementResolver {
    /** Its name in the configuration. */
    String name();

    /**
     * The placement; absent if the domain says nothing in this way.
     *
     * @throws BadDefinition if it says something that makes no sense
     * @throws IllegalArgumentException likewise, by the rules of the domain model
     */
    Optional<Placement> resolve(DomainName domain, DomainXml xml) throws BadDefinition;

    /**
     * The id of a sandbox that has none: the pod's uid, or an id made of it if the container has that id. A kubelet
     * keeps the containers and sandboxes of a pod in one table by id, so the two must differ. The id is the same after
     * each restart of this agent.
     */
    static PodSandboxId sandboxOf(String podUid, ContainerId container) {
        return podUid.equals(container.value()) ? PodSandboxId.madeOf(podUid) : new PodSandboxId(podUid);
    }

    /** The image of a VM that names none. A kubelet drops containers without an image. */
    static String anyImage(DomainXml xml) {
        String type = xml.attribute("type").orElse("");
        return "libvirt/" + (type.matches("[a-z0-9]{1,20}") ? type : "domain");
    }
}
