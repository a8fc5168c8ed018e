package io.vmgauge.adapters.libvirt.definition;

import io.vmgauge.adapters.libvirt.domain.DomainName;
import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Virtlet keeps pods in a database of its own. But it hands QEMU the path of the container's log, and the log paths of
 * a kubelet name everything: {@code /var/log/pods/<namespace>_<pod>_<uid>/<container>/<attempt>.log}, or before
 * Kubernetes 1.14 {@code /var/log/pods/<uid>/<container>_<attempt>.log}.
 */
public final class VirtletResolver implements PlacementResolver {
    private static final String QEMU = "http://libvirt.org/schemas/domain/qemu/1.0";
    private static final Pattern PATH =
            Pattern.compile("(?:.*/)?([^/_]+)_([^/_]+)_([^/_]+)/([^/]+)/([0-9]{1,9})\\.log");
    private static final Pattern OLD_PATH = Pattern.compile("(?:.*/)?([^/_]+)/([^/_]+)_([0-9]{1,9})\\.log");

    private final String namespace;

    /**
     * Makes a resolver.
     *
     * @param namespace of pods whose path does not name it
     */
    public VirtletResolver(String namespace) {
        this.namespace = namespace;
    }

    @Override
    public String name() {
        return "virtlet";
    }

    @Override
    public Optional<Placement> resolve(DomainName domain, DomainXml xml) throws BadDefinition {
        Optional<String> path = variable(xml, "VIRTLET_CONTAINER_LOG_PATH");
        if (!domain.name().startsWith("virtlet-") || path.isEmpty()) {
            return Optional.empty();
        }
        ContainerId container =
                new ContainerId(variable(xml, "VIRTLET_CONTAINER_ID").orElse(domain.uuid()));
        String image = PlacementResolver.anyImage(xml);
        Matcher now = PATH.matcher(path.get());
        if (now.matches()) {
            PodSandbox pod = pod(container, now.group(1), now.group(2), now.group(3));
            return Optional.of(new Placement(pod, container, now.group(4), Integer.parseInt(now.group(5)), image));
        }
        Matcher old = OLD_PATH.matcher(path.get());
        if (old.matches()) {
            String name = domain.podName();
            PodSandbox pod = pod(container, namespace, name, old.group(1));
            return Optional.of(new Placement(pod, container, old.group(2), Integer.parseInt(old.group(3)), image));
        }
        throw new BadDefinition("the log path is not one of a kubelet's");
    }

    private static PodSandbox pod(ContainerId container, String namespace, String name, String uid) {
        return new PodSandbox(PlacementResolver.sandboxOf(uid, container), namespace, name, uid, 0, Map.of(), Map.of());
    }

    private static Optional<String> variable(DomainXml xml, String name) {
        return xml.children(QEMU, "commandline").stream()
                .flatMap(c -> c.children(QEMU, "env").stream())
                .filter(e -> e.attribute("name").equals(Optional.of(name)))
                .flatMap(e -> e.attribute("value").stream())
                .findFirst();
    }
}
