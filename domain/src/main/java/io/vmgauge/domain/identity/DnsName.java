package io.vmgauge.domain.identity;

import java.util.Locale;
import java.util.regex.Pattern;

/** Names as RFC 1123 and Kubernetes have them: the only form in which a tenant's name leaves this program. */
public final class DnsName {
    private static final int LONGEST = 253;
    private static final Pattern SUBDOMAIN =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

    private DnsName() {}

    /** Whether Kubernetes would take this as the name of a pod. */
    public static boolean isValid(String name) {
        return name.length() <= LONGEST && SUBDOMAIN.matcher(name).matches();
    }

    /**
     * The nearest valid name: lower case, everything else a dash. A name that had to change gets the suffix, so that
     * two names which differ only in what was lost stay apart.
     *
     * @param suffix itself a valid name of at most 36 characters
     */
    public static String nearest(String name, String suffix) {
        if (isValid(name)) {
            return name;
        }
        String head = name.substring(0, Math.min(name.length(), LONGEST - 37));
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
