package io.vmgauge.domain.identity;

import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;

/** Names as RFC 1123 and Kubernetes have them: the only form in which a tenant's name leaves this program. */
public final class DnsName {
    private static final int LONGEST = 253;
    private static final Pattern SUBDOMAIN =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

    private static final Pattern ENDS_LIKE_AN_ID = Pattern.compile("(?:.*-)?[0-9a-f]{32}");

    private DnsName() {}

    /** Whether Kubernetes would take this as the name of a pod. */
    public static boolean isValid(String name) {
        return name.length() <= LONGEST && SUBDOMAIN.matcher(name).matches();
    }

    /**
     * What to call the pod of a VM that names none: the VM's own name if it is valid, else the nearest valid one, which is
     * lower case with everything else a dash, and then the 32 hexadecimal digits of the VM's id.
     *
     * <p>VMs with different names and ids get different pods, whoever chose them: a name ends in 32 such digits only if
     * they are the VM's own id, since a valid name that ends in others is changed too.
     *
     * @param id of the VM
     */
    public static String nearest(String name, UUID id) {
        String suffix = id.toString().replace("-", "");
        if (isValid(name)
                && (name.endsWith(suffix) || !ENDS_LIKE_AN_ID.matcher(name).matches())) {
            return name;
        }
        String head = name.substring(0, Math.min(name.length(), LONGEST - suffix.length() - 1));
        String kept =
                head.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
        return kept.isEmpty() ? suffix : kept + "-" + suffix;
    }

    static String require(String name, String what) {
        if (!isValid(name)) {
            throw new IllegalArgumentException(what + " must be a DNS-1123 name");
        }
        return name;
    }
}
