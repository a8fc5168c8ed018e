package io.vmgauge.adapters.grpc.counter;

import io.vmgauge.adapters.grpc.mapping.InventoryMapping;
import io.vmgauge.domain.usage.CpuUsage;
import io.vmgauge.domain.usage.Usage;
import io.vmgauge.ports.inbound.KnownVm;
import java.util.Optional;

/**
 * What one answer knows of the VM that a container is.
 *
 * @param vm the VM's id
 * @param life the VM and which of its lives; empty unless it runs
 * @param usage what is known of it; empty unless it runs
 */
public record VmReading(State state, String vm, String life, Usage usage) {
    private static final Usage NOTHING =
            new Usage(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** Whether the VM runs. */
    enum State {
        RUNNING,
        /** The last good round did not list it, or listed it as stopped. */
        GONE,
        /** The hypervisor cannot be asked. */
        UNKNOWN
    }

    public static VmReading running(KnownVm known, Optional<Usage> usage) {
        return new VmReading(
                State.RUNNING, known.vm().id().value(), InventoryMapping.lifeOf(known), usage.orElse(NOTHING));
    }

    public static VmReading gone(String vm) {
        return new VmReading(State.GONE, vm, "", NOTHING);
    }

    public static VmReading unknown(String vm) {
        return new VmReading(State.UNKNOWN, vm, "", NOTHING);
    }

    boolean isGone() {
        return state == State.GONE;
    }

    Optional<CpuUsage> cpu() {
        return usage.cpu();
    }
}
