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

    /** Whether libguestfs calls its appliances so: 16 random letters and digits. */
    public boolean isOfAppliance() {
        // The first question is for speed: all names are looked at in all rounds.
        return name.startsWith("guestfs-") && APPLIANCE.matcher(name).matches();
    }

    /** What to call the pod of a domain that names none: no other domain's is called the same. */
    public String podName() {
        return DnsName.nearest(name, UUID.fromString(uuid));
    }

    public String printable() {
        return SafeText.name(name);
    }
}
