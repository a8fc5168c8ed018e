package io.vmgauge.engine.sampling;

import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.log.OnceLog;
import io.vmgauge.ports.outbound.FilesystemMeter;
import io.vmgauge.ports.outbound.Measurement;
import java.util.Collection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads what the filesystems of a VM use. A VM that cannot be read is logged once, until it can be read again. */
final class FilesystemSampling {
    private static final Logger LOG = LoggerFactory.getLogger(FilesystemSampling.class);

    private final ListedVms vms;
    private final OnceLog<VmId> failures = new OnceLog<>();

    FilesystemSampling(ListedVms vms) {
        this.vms = vms;
    }

    /** Returns whether the VM could be read, or need not be any more. */
    boolean read(VmId vm, FilesystemMeter filesystems) {
        TrackedVm tracked = vms.get(vm);
        if (tracked == null || !tracked.isMeasured()) {
            failures.ends(vm);
            return true;
        }
        Measurement measurement = measure(tracked.vm(), filesystems);
        vms.record(measurement);
        if (measurement instanceof Measurement.Unresponsive unresponsive) {
            if (failures.begins(vm, unresponsive.why())) {
                LOG.warn("The filesystems of {} cannot be read: {}", vms.nameOf(vm), unresponsive.why());
            }
            return false;
        }
        if (failures.ends(vm)) {
            LOG.info("The filesystems of {} can be read again", vms.nameOf(vm));
        }
        return true;
    }

    /** Forgets all other VMs. */
    void keepOnly(Collection<VmId> listed) {
        failures.keepOnly(listed);
    }

    /** Filesystems' adapters promise to throw nothing. One that throws counts as one that cannot read. */
    private static Measurement measure(Vm vm, FilesystemMeter filesystems) {
        try {
            return filesystems.measure(vm.id(), vm.incarnation(), vm.disks());
        } catch (RuntimeException | Error e) {
            return new Measurement.Unresponsive(vm.id(), SafeText.line(e.toString()));
        }
    }
}
