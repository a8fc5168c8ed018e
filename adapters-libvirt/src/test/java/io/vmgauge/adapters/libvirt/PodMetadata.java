package io.vmgauge.adapters.libvirt;

import io.vmgauge.adapters.libvirt.definition.VmgaugeResolver;
import io.vmgauge.domain.identity.Placement;
import java.util.Map;

/** Writes the element that {@link VmgaugeResolver} reads. */
final class PodMetadata {
    static final String NONSENSE =
            "<vmgauge:pod xmlns:vmgauge='urn:vmgauge:pod:1' namespace='../etc' name='No Such Name!'/>";

    private PodMetadata() {}

    /** More text than a definition may have. */
    static String tooLong() {
        return "<much:text xmlns:much='urn:example:much'>" + "x".repeat(2 << 20) + "</much:text>";
    }

    static String of(Placement placement) {
        var pod = placement.sandbox();
        return "<vmgauge:pod xmlns:vmgauge='urn:vmgauge:pod:1' namespace='%s' name='%s' uid='%s' sandbox-id='%s' attempt='%d'>"
                        .formatted(pod.namespace(), pod.name(), pod.uid(), pod.id(), pod.attempt())
                + "<vmgauge:container name='%s' id='%s' attempt='%d' image='%s'/>"
                        .formatted(
                                placement.containerName(),
                                placement.container(),
                                placement.attempt(),
                                placement.image())
                + entries("label", pod.labels())
                + entries("annotation", pod.annotations())
                + "</vmgauge:pod>";
    }

    private static String entries(String kind, Map<String, String> entries) {
        StringBuilder all = new StringBuilder();
        entries.forEach((key, value) -> all.append("<vmgauge:%s key='%s'>%s</vmgauge:%s>"
                .formatted(
                        kind,
                        key,
                        value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
                        kind)));
        return all.toString();
    }
}
