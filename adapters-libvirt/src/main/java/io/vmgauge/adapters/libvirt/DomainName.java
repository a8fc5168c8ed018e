package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.identity.VmId;

/**
 * What a domain is called.
 *
 * @param uuid in the usual 36 characters, lower case
 * @param name untrusted text
 */
record DomainName(String uuid, String name) {
    VmId vm() {
        return new VmId(uuid);
    }

    /** libguestfs runs its appliances as domains, for seconds: they are tools, not anybody's VMs. */
    boolean isAppliance() {
        return name.startsWith("guestfs-");
    }

    String printable() {
        return Printable.name(name);
    }
}
