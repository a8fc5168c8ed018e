package io.vmgauge.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** A host for libvirt's test driver whose tenants have written into their VMs' metadata whatever they could think of. */
final class HostileNode {
    /** Pods that must be served whatever the others claim. Their own metadata is good, or replaced by the fallback. */
    static final Set<String> STILL_THERE = Set.of("good", "giant", "shouting", "unnamed", "stranger");

    private HostileNode() {}

    static Path write(Path dir) throws IOException {
        StringBuilder node =
                new StringBuilder("<node><cpu><mhz>2000</mhz><model>x</model><active>2</active><nodes>1</nodes>"
                        + "<sockets>1</sockets><cores>2</cores><threads>1</threads></cpu><memory>8000000</memory>");
        domain(node, 6, "good", pod("name='good' namespace='shop'", ""));
        // Ten megabytes would exceed what libvirt itself takes from a file in one attribute; text it takes.
        domain(
                node,
                2,
                "giant",
                pod("name='giant-pod' namespace='shop'", "<v:label key='k'>" + "x".repeat(9_000_000) + "</v:label>"));
        domain(node, 3, "shouting", pod("name='NOT a name' namespace='../../etc'", ""));
        domain(node, 4, "unnamed", pod("", ""));
        domain(node, 5, "stranger", "<other xmlns='urn:x'><pod/></other>");
        // With a lower number than the one whose id it claims: no order may help.
        domain(
                node,
                1,
                "forger",
                pod("name='forger' namespace='shop'", "<v:container name='vm' id='" + uuid(6) + "'/>"));
        Path file = dir.resolve("node.xml");
        Files.writeString(file, node.append("</node>"));
        return file;
    }

    private static String pod(String attributes, String inside) {
        return "<v:pod xmlns:v='urn:vmgauge:pod:1' " + attributes + ">" + inside + "</v:pod>";
    }

    private static String uuid(int number) {
        return "00000000-0000-4000-8000-00000000000" + number;
    }

    private static void domain(StringBuilder node, int number, String name, String metadata) {
        node.append("<domain type='test'><name>")
                .append(name)
                .append("</name><uuid>")
                .append(uuid(number))
                .append("</uuid><memory>65536</memory><vcpu>1</vcpu><metadata>")
                .append(metadata)
                .append("</metadata><os><type>hvm</type></os><devices><memballoon model='virtio'/></devices></domain>");
    }
}
