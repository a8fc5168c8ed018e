package io.vmgauge.ports.inbound;

import io.vmgauge.domain.identity.Vm;
import java.time.Instant;

/**
 * A VM that the agent knows, running or not.
 *
 * @param startedAt when this life of the VM began; where nobody can tell, when the agent saw it first
 */
public record KnownVm(Vm vm, Instant startedAt) {}
