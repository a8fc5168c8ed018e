package io.vmgauge.adapters.libvirt.domain;

import io.vmgauge.adapters.libvirt.binding.TypedParameters;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongFunction;

/**
 * What QEMU says of one image.
 *
 * @param capacity how large the disk is for the guest, in bytes; negative if QEMU does not say
 * @param highestWritten the end of what the guest has written since QEMU opened it, in bytes; negative likewise
 * @param physical what it occupies on the host, in bytes; negative likewise
 */
public record BlockStats(long capacity, long highestWritten, long physical) {
    private static final String PREFIX = "block.";
    private static final BlockStats UNSAID = new BlockStats(-1, -1, -1);

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

    /**
     * By the images' paths. Absent if the hypervisor's driver tells nothing of disks.
     *
     * @param texts reads the text at an address
     */
    static Optional<Map<String, BlockStats>> parse(TypedParameters params, LongFunction<String> texts) {
        boolean told = false;
        Map<String, String> paths = new HashMap<>();
        Map<String, BlockStats> byNumber = new HashMap<>();
        for (int i = 0; i < params.count(); i++) {
            String name = params.name(i);
            told |= name.equals("block.count");
            int dot = name.startsWith(PREFIX) ? name.indexOf('.', PREFIX.length()) : -1;
            if (dot > 0) {
                String number = name.substring(PREFIX.length(), dot);
                String field = name.substring(dot + 1);
                if (field.equals("path") && params.isText(i)) {
                    paths.put(number, texts.apply(params.address(i)));
                } else if (params.isNumber(i)) {
                    byNumber.put(number, byNumber.getOrDefault(number, UNSAID).with(field, params.number(i)));
                }
            }
        }
        Map<String, BlockStats> byPath = new HashMap<>();
        paths.forEach((number, path) -> byPath.put(path, byNumber.getOrDefault(number, UNSAID)));
        return told ? Optional.of(byPath) : Optional.empty();
    }

    private BlockStats with(String field, long value) {
        return switch (field) {
            case "capacity" -> new BlockStats(value, highestWritten, physical);
            case "allocation" -> new BlockStats(capacity, value, physical);
            case "physical" -> new BlockStats(capacity, highestWritten, value);
            default -> this;
        };
    }
}
