package io.vmgauge.ports.testkit;

import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.identity.PodSandboxId;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Hypervisor;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The shortest lab there can be. */
final class FakeLab implements StuckVmLab, OutageLab, MigrationLab {
    private static final Placement CLAIMED = new Placement(
            new PodSandbox(new PodSandboxId("claimed"), "default", "claimed", "claimed", 0, Map.of(), Map.of()),
            new ContainerId("claimed"),
            "vm",
            0,
            "fake/vm");

    private final ManualTime time = new ManualTime();
    private final FakeHypervisor hypervisor = new FakeHypervisor(time);

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
        time.advance(duration);
    }

    @Override
    public VmId add(String name) {
        VmId vm = hypervisor.add(name);
        hypervisor.showByKernel(vm, KernelContract.TOLD);
        return vm;
    }

    @Override
    public VmId add(String name, Placement placement) {
        return hypervisor.add(name, placement);
    }

    @Override
    public VmId addNonsense(String name) {
        VmId vm = hypervisor.add(name, CLAIMED);
        hypervisor.spoil(vm);
        return vm;
    }

    @Override
    public VmId addUnreadable(String name) {
        return addNonsense(name);
    }

    @Override
    public VmId addDiskless(String name) {
        VmId vm = hypervisor.add(name);
        hypervisor.mute(vm, Metric.DISK);
        hypervisor.blockIo(vm, List.of());
        hypervisor.disks(vm, List.of());
        return vm;
    }

    @Override
    public void stop(VmId vm) {
        hypervisor.stop(vm);
    }

    @Override
    public void start(VmId vm) {
        hypervisor.start(vm);
    }

    @Override
    public void pause(VmId vm) {
        hypervisor.pause(vm);
    }

    @Override
    public void resume(VmId vm) {
        hypervisor.resume(vm);
    }

    @Override
    public void remove(VmId vm) {
        hypervisor.remove(vm);
    }

    @Override
    public void stick(VmId vm) {
        hypervisor.stick(vm);
    }

    @Override
    public void release(VmId vm) {
        hypervisor.release(vm);
    }

    @Override
    public void breakDisk(VmId vm) {
        hypervisor.refuse(vm, "its image is gone");
    }

    @Override
    public void breakDown() {
        hypervisor.breakDown("nobody is there");
    }

    @Override
    public void recover() {
        hypervisor.recover();
    }

    @Override
    public void replace() {
        hypervisor.recover();
        hypervisor.catalog().list().stream()
                .filter(vm -> vm.state().isMeasured())
                .forEach(vm -> hypervisor.stop(vm.id()));
    }

    @Override
    public VmId comeIn(String name) {
        return hypervisor.addStarting(name);
    }

    @Override
    public void arrive(VmId vm) {
        hypervisor.start(vm);
    }

    @Override
    public void close() {
        hypervisor.close();
    }
}
