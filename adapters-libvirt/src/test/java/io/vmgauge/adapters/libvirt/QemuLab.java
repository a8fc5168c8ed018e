package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Hypervisor;
import io.vmgauge.ports.testkit.MigrationLab;
import io.vmgauge.ports.testkit.OutageLab;
import io.vmgauge.ports.testkit.StuckVmLab;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Real QEMU processes under a real libvirtd. Their machines have nothing to boot, which is enough to be measured. */
final class QemuLab implements StuckVmLab, OutageLab, MigrationLab {
    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final PrivateLibvirtd libvirtd = PrivateLibvirtd.get();
    private final TimeSource time = new RealTime();
    private final Hypervisor hypervisor = RealTime.open(libvirtd.uri());
    private final Map<VmId, String> names = new LinkedHashMap<>();
    private final Map<VmId, Migration> migrations = new LinkedHashMap<>();
    private boolean down;

    @Override
    public Hypervisor hypervisor() {
        return hypervisor;
    }

    @Override
    public TimeSource time() {
        return time;
    }

    @Override
    public void elapse(Duration duration) {
        RealTime.elapse(duration);
    }

    @Override
    public VmId add(String name) {
        return add(name, "", true);
    }

    @Override
    public VmId add(String name, Placement placement) {
        return add(name, metadata(PodMetadata.of(placement)), true);
    }

    @Override
    public VmId addNonsense(String name) {
        return add(name, metadata(PodMetadata.NONSENSE), true);
    }

    /** libvirt sends at most 4 MiB either way, but it writes five letters for each of these. */
    @Override
    public VmId addUnreadable(String name) {
        return add(name, "<description><![CDATA[" + "&".repeat(1 << 20) + "]]></description>", true);
    }

    @Override
    public VmId addDiskless(String name) {
        return add(name, "", false);
    }

    private static String metadata(String elements) {
        return "<metadata>" + elements + "</metadata>";
    }

    /** The domain's name in libvirt. */
    String name(VmId vm) {
        String name = names.get(vm);
        if (name == null) {
            throw new AssertionError(vm + " is not of this lab");
        }
        return name;
    }

    private VmId add(String name, String description, boolean disk) {
        int number = NUMBERS.incrementAndGet();
        VmId vm = new VmId(UUID.randomUUID().toString());
        String domain = libvirtd.prefix() + "-" + name + "-" + number;
        names.put(vm, domain);
        String xml =
                """
                <domain type='qemu'><name>%s</name><uuid>%s</uuid>%s
                <memory unit='MiB'>8</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os>
                <features><tcg><tb-cache unit='MiB'>1</tb-cache></tcg></features><on_crash>destroy</on_crash>
                <devices><controller type='usb' model='none'/>%s
                <interface type='ethernet'><target dev='%sc%d'/><model type='virtio'/><rom enabled='no'/></interface>
                <memballoon model='virtio'><stats period='1'/></memballoon></devices></domain>
                """
                        .formatted(domain, vm, description, disk ? disk(domain) : "", libvirtd.prefix(), number);
        write(file(domain, "xml"), xml.getBytes(StandardCharsets.UTF_8));
        libvirtd.virsh("define %s; start %s".formatted(file(domain, "xml"), domain));
        return vm;
    }

    /** An image whose first quarter is there and whose rest is a hole. */
    private String disk(String domain) {
        Path image = file(domain, "img");
        write(image, new byte[256 * 1024]);
        try (var channel = Files.newByteChannel(image, StandardOpenOption.WRITE)) {
            channel.position((1 << 20) - 1);
            channel.write(ByteBuffer.allocate(1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return """
                <controller type='scsi' model='virtio-scsi'/>
                <disk type='file' device='disk'><driver name='qemu' type='raw' cache='unsafe'/><source file='%s'/>
                <target dev='sda' bus='scsi'/></disk>
                """
                .formatted(image);
    }

    @Override
    public void start(VmId vm) {
        libvirtd.virsh("start " + name(vm));
    }

    @Override
    public void stop(VmId vm) {
        kill(name(vm));
        await(vm, () -> libvirtd.virsh("list --name --state-shutoff"), true);
    }

    /** By a signal: libvirt itself takes two seconds to end an idle QEMU, and libvirtd one to notice this. */
    private void kill(String domain) {
        libvirtd.qemu(domain).ifPresent(pid -> PrivateLibvirtd.signal("KILL", pid));
    }

    private void await(VmId vm, Supplier<String> list, boolean listed) {
        Duration step = Duration.ofMillis(20);
        for (Duration waited = Duration.ZERO;
                list.get().lines().toList().contains(name(vm)) != listed;
                waited = waited.plus(step)) {
            if (waited.compareTo(PATIENCE) > 0) {
                throw new AssertionError(name(vm) + " does not stop");
            }
            elapse(step);
        }
    }

    @Override
    public void pause(VmId vm) {
        libvirtd.virsh("suspend " + name(vm));
    }

    @Override
    public void resume(VmId vm) {
        libvirtd.virsh("resume " + name(vm));
    }

    @Override
    public void remove(VmId vm) {
        libvirtd.virsh("undefine " + name(vm));
        kill(name(vm));
        await(vm, () -> libvirtd.virsh("list --name --all"), false);
        names.remove(vm);
    }

    @Override
    public void stick(VmId vm) {
        PrivateLibvirtd.signal("STOP", qemu(vm));
    }

    @Override
    public void release(VmId vm) {
        libvirtd.qemu(name(vm)).ifPresent(pid -> PrivateLibvirtd.signal("CONT", pid));
    }

    /** It gets one more, a volume of a pool that is gone then: nobody can say any more which file that is. */
    @Override
    public void breakDisk(VmId vm) {
        String pool = name(vm) + "-pool";
        Path directory = file(name(vm), "pool");
        Path disk = file(name(vm), "volume.xml");
        write(
                disk,
                """
                <disk type='volume' device='disk'><source pool='%s' volume='lost'/><target dev='sdb' bus='scsi'/></disk>
                """
                        .formatted(pool)
                        .getBytes(StandardCharsets.UTF_8));
        libvirtd.virsh("pool-create-as %s dir --build - - - - %s".formatted(pool, directory));
        libvirtd.virsh("vol-create-as %s lost 1M".formatted(pool));
        libvirtd.virsh("attach-device %s %s --live; pool-destroy %s".formatted(name(vm), disk, pool));
    }

    /** The VM's own process. */
    long qemu(VmId vm) {
        return libvirtd.qemu(name(vm)).orElseThrow();
    }

    @Override
    public void breakDown() {
        libvirtd.kill();
        down = true;
    }

    @Override
    public void recover() {
        libvirtd.restart();
        down = false;
    }

    @Override
    public void replace() {
        libvirtd.replace();
        down = false;
    }

    @Override
    public VmId comeIn(String name) {
        VmId vm = new VmId(UUID.randomUUID().toString());
        migrations.put(
                vm, Migration.begin(vm, libvirtd.prefix() + "-" + name + "-" + NUMBERS.incrementAndGet(), libvirtd));
        return vm;
    }

    @Override
    public void arrive(VmId vm) {
        Optional.ofNullable(migrations.get(vm)).orElseThrow().end();
    }

    @Override
    public void close() {
        migrations.values().forEach(Migration::close);
        hypervisor.close();
        if (down) {
            recover();
        }
        // Without a definition a domain is gone as soon as it ends: nobody has to wait for that.
        if (!names.isEmpty()) {
            names.keySet().forEach(this::release);
            libvirtd.virsh(
                    names.values().stream().map(domain -> "undefine " + domain).collect(Collectors.joining("; ")));
        }
        names.values().forEach(this::kill);
    }

    private Path file(String domain, String extension) {
        return libvirtd.dir().resolve("xml").resolve(domain + "." + extension);
    }

    private static void write(Path file, byte[] content) {
        try {
            Files.write(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
