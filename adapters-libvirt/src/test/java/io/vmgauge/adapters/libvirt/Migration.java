package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.identity.VmId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A live migration of a QEMU domain between two daemons of this machine, held half way until a test ends it. */
final class Migration implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final PrivateLibvirtd from = PrivateLibvirtd.other();
    private final PrivateLibvirtd to;
    private final String domain;
    private final Process virsh;

    private Migration(String domain, PrivateLibvirtd to, Process virsh) {
        this.domain = domain;
        this.to = to;
        this.virsh = virsh;
    }

    /** It has enough memory for a few seconds at 1 MiB/s: in these its source is stopped, and with it the migration. */
    static Migration begin(VmId vm, String domain, PrivateLibvirtd to) {
        PrivateLibvirtd from = PrivateLibvirtd.other();
        Path file = from.dir().resolve("xml").resolve(domain + ".xml");
        try {
            Files.writeString(file, xml(vm, domain));
            from.virsh("create " + file);
            Process virsh = new ProcessBuilder(
                            "virsh",
                            "-q",
                            "-c",
                            from.operatorUri(),
                            "migrate",
                            "--live",
                            "--bandwidth",
                            "1",
                            domain,
                            to.operatorUri().replace("qemu:", "qemu+unix:"),
                            "tcp://127.0.0.1")
                    .redirectErrorStream(true)
                    .redirectOutput(file.resolveSibling(domain + ".log").toFile())
                    .start();
            Migration migration = new Migration(domain, to, virsh);
            migration.await("is not migrated", "migrating");
            PrivateLibvirtd.signal("STOP", from.qemu(domain).orElseThrow());
            return migration;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String xml(VmId vm, String domain) {
        return """
                <domain type='qemu'><name>%s</name><uuid>%s</uuid><memory unit='GiB'>2</memory><vcpu>1</vcpu>
                <os><type arch='x86_64' machine='pc'>hvm</type></os><features><tcg><tb-cache unit='MiB'>1</tb-cache></tcg></features>
                <on_crash>destroy</on_crash><devices><controller type='usb' model='none'/>
                <memballoon model='virtio'><stats period='1'/></memballoon></devices></domain>
                """
                .formatted(domain, vm);
    }

    /** What the receiving daemon says of it. */
    private void await(String otherwise, String state) {
        for (Duration waited = Duration.ZERO; waited.compareTo(PATIENCE) < 0; waited = waited.plusMillis(50)) {
            if (to.virsh("list --name").lines().toList().contains(domain)
                    && to.virsh("domstate --reason " + domain).contains(state)) {
                return;
            }
            RealTime.elapse(Duration.ofMillis(50));
        }
        throw new AssertionError(domain + " " + otherwise);
    }

    /** It goes on, and faster; returns when the domain runs where it is received. */
    void end() {
        PrivateLibvirtd.signal("CONT", from.qemu(domain).orElseThrow());
        from.virsh("migrate-setspeed " + domain + " 1000");
        try {
            if (!virsh.waitFor(2 * PATIENCE.toSeconds(), TimeUnit.SECONDS) || virsh.exitValue() != 0) {
                throw new AssertionError("the migration of " + domain + " failed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        await("does not run", "running");
    }

    /** Of both ends nothing is left. */
    @Override
    public void close() {
        virsh.destroy();
        from.qemu(domain).ifPresent(pid -> PrivateLibvirtd.signal("KILL", pid));
        to.qemu(domain).ifPresent(pid -> PrivateLibvirtd.signal("KILL", pid));
    }
}
