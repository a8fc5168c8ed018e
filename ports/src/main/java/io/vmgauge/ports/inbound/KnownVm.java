package io.vmgauge.ports.inbound;

import io.vmgauge.domain.identity.Vm;
import java.time.Instant;

/**
 * A VM that the agent knows, running or not.
 *
 * @param firstSeen when the agent first saw this incarnation: at or after its real start
 */
public record KnownVm(Vm vm, Instant firstSeen) {}
