package io.vmgauge.adapters.libvirt.domain;

import java.util.OptionalLong;

/**
 * What QEMU says of one image.
 *
 * @param capacity how large the disk is for the guest, in bytes; negative if QEMU does not say
 * @param highestWritten the end of what the guest has written since QEMU opened it, in bytes; negative likewise
 * @param physical what it occupies on the host, in bytes; negative likewise
 */
public record BlockStats(long capacity, long highestWritten, long physical) {
    /** Of which nothing is said. */
    static final BlockStats UNSAID = new BlockStats(-1, -1, -1);

    /**
     * What it occupies on the host.
     *
     * <p>Absent when it cannot be told. libvirt gives the full length of a sparse file that has no block. No VM may be
     * evicted for an empty disk, so a full disk that the guest has not touched has no size here either.
     */
    public OptionalLong bytes() {
        boolean isLength = physical == capacity && highestWritten == 0;
        return isLength || physical < 0 ? OptionalLong.empty() : OptionalLong.of(physical);
    }

    /** With one more of libvirt's figures; as it is, if that is another one. */
    BlockStats with(String field, long value) {
        return switch (field) {
            case "capacity" -> new BlockStats(value, highestWritten, physical);
            case "allocation" -> new BlockStats(capacity, value, physical);
            case "physical" -> new BlockStats(capacity, highestWritten, value);
            default -> this;
        };
    }
}
