package io.vmgauge.adapters.libvirt.definition;

import io.vmgauge.adapters.libvirt.domain.DomainName;
import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.identity.PodSandboxId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Our own metadata element, described in IDENTITY.md. If one part of it makes no sense, none of it is used. */
public final class VmgaugeResolver implements PlacementResolver {
    private static final String NAMESPACE = "urn:vmgauge:pod:1";
    private static final int MOST_ENTRIES = 128;
    /** A prefix of 253 characters, a slash, a name of 63: the longest key that Kubernetes has. */
    private static final int LONGEST_KEY = 317;

    private static final int LONGEST_LABEL = 1024;
    private static final int LONGEST_ANNOTATION = 16 * 1024;
    /**
     * All labels and annotations together: every answer carries them, and a kubelet takes 16 MiB for the whole host.
     */
    private static final int LONGEST_TOGETHER = 16 * 1024;

    private static final int LONGEST_IMAGE = 512;

    @Override
    public String name() {
        return "vmgauge";
    }

    @Override
    public Optional<Placement> resolve(DomainName domain, DomainXml xml) throws BadDefinition {
        Optional<DomainXml> element = xml.child("metadata")
                .flatMap(m -> m.children(NAMESPACE, "pod").stream().findFirst());
        return element.isEmpty() ? Optional.empty() : Optional.of(place(domain, xml, element.get()));
    }

    private static Placement place(DomainName domain, DomainXml xml, DomainXml pod) throws BadDefinition {
        List<DomainXml> containers = pod.children(NAMESPACE, "container");
        if (containers.size() > 1) {
            throw new BadDefinition("more than one container");
        }
        Optional<DomainXml> container = containers.stream().findFirst();
        ContainerId id =
                new ContainerId(container.flatMap(c -> c.attribute("id")).orElse(domain.uuid()));
        String image = container.flatMap(c -> c.attribute("image")).orElse(PlacementResolver.anyImage(xml));
        return new Placement(
                sandbox(domain, pod, id),
                id,
                container.flatMap(c -> c.attribute("name")).orElse("vm"),
                container.isPresent() ? attempt(container.get()) : 0,
                checked(image, "image", LONGEST_IMAGE, false));
    }

    private static PodSandbox sandbox(DomainName domain, DomainXml pod, ContainerId container) throws BadDefinition {
        String uid = pod.attribute("uid").orElse(domain.uuid());
        Optional<PodSandboxId> id = pod.attribute("sandbox-id").map(PodSandboxId::new);
        Map<String, String> labels = entries(pod, "label", LONGEST_LABEL, false);
        Map<String, String> annotations = entries(pod, "annotation", LONGEST_ANNOTATION, true);
        int together = length(labels) + length(annotations);
        if (together > LONGEST_TOGETHER) {
            throw new BadDefinition("labels and annotations of " + together + " characters together, "
                    + LONGEST_TOGETHER + " are allowed");
        }
        return new PodSandbox(
                id.orElseGet(() -> PlacementResolver.sandboxOf(uid, container)),
                required(pod, "namespace"),
                required(pod, "name"),
                uid,
                attempt(pod),
                labels,
                annotations);
    }

    private static int length(Map<String, String> entries) {
        return entries.entrySet().stream()
                .mapToInt(entry -> entry.getKey().length() + entry.getValue().length())
                .sum();
    }

    private static String required(DomainXml pod, String attribute) throws BadDefinition {
        return pod.attribute(attribute).orElseThrow(() -> new BadDefinition("no " + attribute));
    }

    private static int attempt(DomainXml element) throws BadDefinition {
        String attempt = element.attribute("attempt").orElse("0");
        if (!attempt.matches("[0-9]{1,9}")) {
            throw new BadDefinition("attempt is not a number from 0 to 999999999");
        }
        return Integer.parseInt(attempt);
    }

    private static Map<String, String> entries(DomainXml pod, String kind, int longest, boolean lines)
            throws BadDefinition {
        List<DomainXml> elements = pod.children(NAMESPACE, kind);
        if (elements.size() > MOST_ENTRIES) {
            throw new BadDefinition("more than " + MOST_ENTRIES + " " + kind + "s");
        }
        Map<String, String> entries = new HashMap<>();
        for (DomainXml element : elements) {
            String key = element.attribute("key").orElseThrow(() -> new BadDefinition("a " + kind + " without a key"));
            String value = checked(element.text(), kind, longest, lines);
            if (entries.put(checked(key, kind + " key", LONGEST_KEY, false), value) != null) {
                throw new BadDefinition("a " + kind + " key twice");
            }
        }
        return entries;
    }

    private static String checked(String text, String what, int longest, boolean lines) throws BadDefinition {
        if (text.length() > longest) {
            throw new BadDefinition("a " + what + " of " + text.length() + " characters, " + longest + " are allowed");
        }
        if (text.chars().anyMatch(c -> Character.isISOControl(c) && !(lines && (c == '\n' || c == '\t')))) {
            throw new BadDefinition("a control character in a " + what);
        }
        return text;
    }
}
