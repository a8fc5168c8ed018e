package io.vmgauge.domain.identity;

/**
 * One image file on this host that is a disk of one VM only. Paths come from tenants: every consumer must pass them on as
 * one word, and never as a line of anything.
 *
 * @param path absolute
 * @param format how the VM's own process reads it, such as raw or qcow2: lower-case letters, digits and dashes. Never to
 *     be guessed from the content, which the guest writes
 */
public record DiskImage(String path, String format) {
    private static final int LONGEST_PATH = 4095;
    private static final int LONGEST_FORMAT = 32;

    public DiskImage {
        if (!path.startsWith("/") || path.indexOf('\0') >= 0 || path.length() > LONGEST_PATH) {
            throw new IllegalArgumentException("a disk image has an absolute path");
        }
        if (!isFormat(format)) {
            throw new IllegalArgumentException("a disk image has a format of lower-case letters, digits and dashes");
        }
    }

    private static boolean isFormat(String text) {
        return !text.isEmpty()
                && text.length() <= LONGEST_FORMAT
                && text.charAt(0) != '-'
                && text.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
    }
}
