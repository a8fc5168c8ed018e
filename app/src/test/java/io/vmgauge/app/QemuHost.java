package io.vmgauge.app;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A libvirtd of its own with real QEMU processes, whose machines have nothing to boot, which is enough to be measured. */
final class QemuHost implements AutoCloseable {
    private final Path dir;
    private final Path lab;
    private final String prefix;
    private int made;

    private QemuHost(Path dir, Path lab, String prefix) {
        this.dir = dir;
        this.lab = lab;
        this.prefix = prefix;
    }

    static QemuHost start() throws Exception {
        // Short, since unix sockets have short paths.
        Path dir = Files.createTempDirectory("vmh");
        Path lab = Files.createDirectory(dir.resolve("lab"));
        try {
            Shipped.lab("libvirtd", "start", lab.toString());
            return new QemuHost(dir, lab, Shipped.lab("libvirtd", "prefix", lab.toString()));
        } catch (Exception | AssertionError e) {
            Shipped.lab("libvirtd", "stop", lab.toString());
            deleteAll(dir);
            throw e;
        }
    }

    /** For the tests' own files; goes with the host. */
    Path dir() {
        return dir;
    }

    /** What libvirt keeps its sockets in. */
    Path sockets() {
        return lab.resolve("run");
    }

    String uri() throws Exception {
        return Shipped.lab("libvirtd", "uri", lab.toString());
    }

    /** The same daemon's test driver, whose domains cost nothing and come and go as they are told. */
    String testUri(boolean readOnly) {
        return "test+unix:///default?socket=" + sockets().resolve(readOnly ? "libvirt-sock-ro" : "libvirt-sock");
    }

    /** Likewise, with the domains of this file. */
    String testUri(Path node) {
        return "test+unix://" + node + "?socket=" + sockets().resolve("libvirt-sock-ro");
    }

    /** Defines and starts a VM that is the pod of the same name, with a disk of its own. */
    void add(String name) throws Exception {
        Path xml = definition(name, "<v:pod xmlns:v='urn:vmgauge:pod:1' namespace='lab' name='" + name + "'/>");
        virsh("define " + xml + "; start " + domain(name));
    }

    /** Defines a VM that is a pod by its domain's name. */
    void defineNameless(String name) throws Exception {
        virsh("define " + definition(name, ""));
    }

    private Path definition(String name, String metadata) throws IOException {
        Path image = lab.resolve("images/" + name + ".img");
        // Its first quarter is there and the rest is a hole.
        Files.write(image, new byte[256 << 10]);
        try (var channel = Files.newByteChannel(image, StandardOpenOption.WRITE)) {
            channel.position((1 << 20) - 1).write(ByteBuffer.allocate(1));
        }
        return Files.writeString(
                lab.resolve("xml/" + name + ".xml"),
                """
                <domain type='qemu'><name>%s</name><uuid>%s</uuid>
                <metadata>%s</metadata>
                <memory unit='MiB'>8</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os>
                <features><tcg><tb-cache unit='MiB'>1</tb-cache></tcg></features><on_crash>preserve</on_crash>
                <devices><controller type='usb' model='none'/>
                <disk type='file' device='disk'><driver name='qemu' type='raw' cache='unsafe'/>
                <source file='%s'/><target dev='vda' bus='virtio'/></disk>
                <interface type='ethernet'><target dev='%sh%d'/><model type='virtio'/><rom enabled='no'/></interface>
                <memballoon model='virtio'><stats period='1'/></memballoon><panic model='isa'/></devices></domain>
                """
                        .formatted(domain(name), UUID.randomUUID(), metadata, image, prefix, ++made));
    }

    /**
     * libvirtd runs this shell script at each step of a domain's life (https://libvirt.org/hooks.html) and waits for it. Only
     * this libvirtd sees it: its /etc/libvirt is a directory of this lab. It looks for hooks when it begins.
     */
    void hook(String script) throws Exception {
        Path hook = Files.createDirectories(lab.resolve("etc/hooks")).resolve("qemu");
        Files.writeString(hook, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rwx------"));
        restart("TERM");
    }

    /** What libvirt calls it. */
    String domain(String name) {
        return prefix + "-" + name;
    }

    /** @param commands separated by semicolons */
    String virsh(String commands) throws Exception {
        return Shipped.lab("libvirtd", "virsh", lab.toString(), "-q", commands);
    }

    /** The process of a VM. */
    long qemu(String name) throws IOException {
        return Long.parseLong(Files.readString(lab.resolve("run/qemu/" + domain(name) + ".pid"))
                .strip());
    }

    /** Returns when libvirtd has noticed that the process of a VM has ended. */
    void awaitEnd(String name) throws Exception {
        await(() -> virsh("list --name").lines().noneMatch(domain(name)::equals), name + " does not end");
    }

    /** The process of libvirtd. */
    long daemon() throws Exception {
        return Long.parseLong(Shipped.lab("libvirtd", "pid", lab.toString()));
    }

    /** Ends libvirtd by this signal, if it runs, and returns when it runs again and answers; its VMs run on. */
    void restart(String signal) throws Exception {
        Shipped.lab("libvirtd", "restart", lab.toString(), signal);
    }

    /** Another libvirtd takes its place, which knows the definitions and nothing else: all VMs have ended. */
    void replace() throws Exception {
        Shipped.lab("libvirtd", "replace", lab.toString());
    }

    /** Ends libvirtd at once; its VMs run on. */
    void kill() throws Exception {
        end("KILL");
    }

    /** Ends libvirtd by this signal; its VMs run on. */
    void end(String signal) throws Exception {
        long daemon = daemon();
        signal(signal, daemon);
        await(() -> !Files.exists(Path.of("/proc/" + daemon + "/exe")), "libvirtd does not end");
    }

    /** One of the figures that libvirtd keeps of itself: of srv-clients-info or srv-threadpool-info. */
    long figure(String of, String name) throws Exception {
        String uri = "libvirtd:///system?socket=" + sockets().resolve("libvirt-admin-sock");
        return Shipped.execute(List.of("virt-admin", "-c", uri, of, "libvirtd"))
                .out()
                .lines()
                .filter(line -> line.matches(name + " +: [0-9]+"))
                .mapToLong(line -> Long.parseLong(line.replaceAll(".*: ", "")))
                .findFirst()
                .orElseThrow(() -> new AssertionError("libvirtd does not say " + name));
    }

    static void signal(String name, long pid) throws Exception {
        Shipped.Result kill = Shipped.execute(List.of("kill", "-" + name, Long.toString(pid)));
        if (kill.exit() != 0) {
            throw new AssertionError(kill.toString());
        }
    }

    private static void await(RunningAgent.Check check, String otherwise) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!check.holds()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(otherwise);
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            Shipped.lab("libvirtd", "stop", lab.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted; end it by lab/libvirtd stop " + lab, e);
        }
        deleteAll(dir);
    }

    private static void deleteAll(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
