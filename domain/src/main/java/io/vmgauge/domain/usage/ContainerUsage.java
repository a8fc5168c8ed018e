package io.vmgauge.domain.usage;

import io.vmgauge.domain.identity.Placement;

/** What one container uses. */
public record ContainerUsage(Placement placement, Usage usage) {}
