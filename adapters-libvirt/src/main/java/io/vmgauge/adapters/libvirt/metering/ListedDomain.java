package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.adapters.libvirt.domain.DomainHandle;
import io.vmgauge.adapters.libvirt.domain.DomainName;
import io.vmgauge.adapters.libvirt.domain.DomainStats;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;

/** A domain that is measured. The listing owns its handle. */
record ListedDomain(DomainHandle domain, DomainName name, VmId vm, Incarnation life, DomainStats stats) {}
