package io.vmgauge.adapters.libvirt.domain;

import io.vmgauge.domain.identity.DnsName;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.text.SafeText;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * What a domain is called.
 *
 * @param uuid in the usual 36 characters, lower case
 * @param name untrusted text
 */
public record DomainName(String uuid, String name) {
    private static final Pattern APPLIANCE = Pattern.compile("guestfs-[a-z0-9]{16}");

    public VmId vm() {
        return new VmId(uuid);
    }

    /** Whether the name is one of libguestfs's appliances: 16 random letters and digits at its end. */
    public boolean isOfAppliance() {
        // startsWith comes first for speed: each round looks at every name.
        return name.startsWith("guestfs-") && APPLIANCE.matcher(name).matches();
    }

    /** The name of the pod of a domain that names none. It is unique on this host. */
    public String podName() {
        return DnsName.nearest(name, UUID.fromString(uuid));
    }

    public String printable() {
        return SafeText.name(name);
    }
}
