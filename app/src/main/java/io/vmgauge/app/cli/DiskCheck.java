package io.vmgauge.app.cli;

import io.vmgauge.app.Adapters;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.engine.disk.DiskSource;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Filesystems;
import io.vmgauge.ports.spi.Finding;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What {@code vmgauge check} finds of disk usage: where it comes from, and which VM's images cannot be read. */
final class DiskCheck {
    /** A virtual machine may have to boot by emulation. */
    private static final Duration TRIAL = Duration.ofMinutes(4);

    private final TimedSteps steps;
    private final Adapters adapters;
    private final TimeSource time;

    DiskCheck(TimedSteps steps, Adapters adapters, TimeSource time) {
        this.steps = steps;
        this.adapters = adapters;
        this.time = time;
    }

    /** May take a minute. The only way to know whether images can be looked into is to try it. */
    List<Finding> findings(List<Vm> vms) {
        try (DiskSource source = adapters.openDiskSource(time)) {
            Optional<DiskSource.Choice> chosen = steps.take("trying to read a disk image", TRIAL, source::choose);
            if (chosen.isEmpty()) {
                return Findings.hangs("disk source", "the end of its trial was", TRIAL);
            }
            List<Finding> found = new ArrayList<>(chosen.get().findings());
            chosen.get().filesystems().ifPresent(filesystems -> {
                if (!source.needsTrial()) {
                    found.addAll(steps.take("trying to read a disk image", TRIAL, filesystems::check)
                            .orElseGet(() -> Findings.hangs("disk source", "the end of its trial was", TRIAL)));
                }
                found.addAll(steps.take(
                                "looking at the images of the VMs", TimedSteps.LONG, () -> obstacles(filesystems, vms))
                        .orElseGet(() -> Findings.hangs("disk source", "the images of the VMs were", TimedSteps.LONG)));
            });
            return found;
        }
    }

    /** That images can be read here does not mean that those of the VMs can. */
    private static List<Finding> obstacles(Filesystems filesystems, List<Vm> vms) {
        return vms.stream()
                .filter(vm -> vm.state().isMeasured())
                .sorted(Comparator.comparing(VmCheck::pod))
                .flatMap(vm -> filesystems.obstacle(vm.disks()).stream()
                        .map(why -> new Finding(
                                Finding.Level.HINT,
                                VmCheck.pod(vm),
                                "its disk usage will be absent: " + why,
                                "let the agent's user read its images, or set disk.source = block")))
                .toList();
    }
}
