package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Hypervisor;
import io.vmgauge.ports.testkit.HypervisorLab;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;

/**
 * libvirt's built-in test driver. Of its nodes only test:///default is shared by all connections of a process, so that the
 * lab can change what the adapter sees; it can neither make a VM stuck nor fail.
 */
public final class TestDriverLab implements HypervisorLab {
    private static final String URI = "test:///default";

    private final TimeSource time = new RealTime();
    private final Hypervisor hypervisor = RealTime.open(URI);
    private final Connect operator = connect();
    private final List<VmId> made = new ArrayList<>();

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
        return add(name, PodMetadata.of(placement), true);
    }

    @Override
    public VmId addNonsense(String name) {
        return add(name, PodMetadata.NONSENSE, true);
    }

    @Override
    public VmId addUnreadable(String name) {
        return add(name, PodMetadata.tooLong(), true);
    }

    @Override
    public VmId addDiskless(String name) {
        return add(name, "", false);
    }

    /** Its next life has this definition. */
    void redefine(VmId vm, String name, Placement placement) {
        doing(() -> {
            operator.domainDefineXML(xml(name, "<uuid>" + vm + "</uuid>", PodMetadata.of(placement), true))
                    .free();
            return vm;
        });
    }

    private VmId add(String name, String metadata, boolean disk) {
        VmId vm = doing(() -> {
            Domain domain = operator.domainDefineXML(xml(name, "", metadata, disk));
            try {
                domain.create();
                return new VmId(domain.getUUIDString());
            } finally {
                domain.free();
            }
        });
        made.add(vm);
        return vm;
    }

    private static String xml(String name, String uuid, String metadata, boolean disk) {
        return """
                <domain type='test'><name>%s</name>%s<metadata>%s</metadata><memory unit='MiB'>64</memory><vcpu>1</vcpu>
                <os><type arch='x86_64'>hvm</type></os><devices>%s
                <interface type='ethernet'><target dev='tap0'/></interface><memballoon model='virtio'/>
                </devices></domain>"""
                .formatted(name, uuid, metadata, disk ? disk(name) : "");
    }

    private static String disk(String name) {
        return "<disk type='file' device='disk'><source file='/images/%s'/><target dev='vda'/></disk>".formatted(name);
    }

    @Override
    public void stop(VmId vm) {
        with(vm, Domain::destroy);
    }

    @Override
    public void start(VmId vm) {
        with(vm, Domain::create);
    }

    @Override
    public void pause(VmId vm) {
        with(vm, Domain::suspend);
    }

    @Override
    public void resume(VmId vm) {
        with(vm, Domain::resume);
    }

    @Override
    public void remove(VmId vm) {
        made.remove(vm);
        with(vm, domain -> {
            if (domain.isActive() == 1) {
                domain.destroy();
            }
            domain.undefine();
        });
    }

    @Override
    public void close() {
        List.copyOf(made).forEach(this::remove);
        hypervisor.close();
        doing(operator::close);
    }

    private interface Action<T> {
        T run() throws LibvirtException;
    }

    private interface Change {
        void apply(Domain domain) throws LibvirtException;
    }

    private void with(VmId vm, Change change) {
        doing(() -> {
            Domain domain = operator.domainLookupByUUIDString(vm.value());
            try {
                change.apply(domain);
                return domain;
            } finally {
                domain.free();
            }
        });
    }

    private static Connect connect() {
        return doing(() -> new Connect(URI));
    }

    private static <T> T doing(Action<T> action) {
        try {
            return action.run();
        } catch (LibvirtException e) {
            throw new AssertionError("the lab failed", e);
        }
    }
}
