package io.vmgauge.adapters.libvirt.domain;

import io.vmgauge.adapters.libvirt.binding.TypedParameters;
import io.vmgauge.domain.sample.DeviceIo;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongFunction;

/**
 * What a bulk record says of the block devices of one domain.
 *
 * @param images what each image occupies, by the images' paths; those below others only if they were asked for
 * @param devices the guest's names of all devices, each once, in the order of the definition; untrusted text
 * @param io the counters of those devices that have any, in the same order
 */
public record BlockRecord(Map<String, BlockStats> images, List<String> devices, List<DeviceIo> io) {
    private static final String PREFIX = "block.";

    public BlockRecord {
        images = Map.copyOf(images);
        devices = List.copyOf(devices);
        io = List.copyOf(io);
    }

    /** One image: a device's own, or one below it. Only the first of a device has counters. */
    private static final class Image {
        private String device = "";
        private String path = "";
        private BlockStats sizes = BlockStats.UNSAID;
        private final DeviceIoStats io = new DeviceIoStats();
    }

    /**
     * Parses a record. Absent if the hypervisor's driver tells nothing of disks.
     *
     * @param texts reads the text at an address
     */
    static Optional<BlockRecord> parse(TypedParameters params, LongFunction<String> texts) {
        boolean told = false;
        TreeMap<Integer, Image> images = new TreeMap<>();
        for (int i = 0; i < params.count(); i++) {
            String name = params.name(i);
            told |= name.equals("block.count");
            int dot = name.startsWith(PREFIX) ? name.indexOf('.', PREFIX.length()) : -1;
            String number = dot > 0 ? name.substring(PREFIX.length(), dot) : "";
            if (number.matches("[0-9]{1,6}")) {
                read(
                        images.computeIfAbsent(Integer.valueOf(number), n -> new Image()),
                        name.substring(dot + 1),
                        params,
                        i,
                        texts);
            }
        }
        return told ? Optional.of(of(images)) : Optional.empty();
    }

    private static void read(Image image, String field, TypedParameters params, int i, LongFunction<String> texts) {
        if (params.isNumber(i)) {
            image.sizes = image.sizes.with(field, params.number(i));
            image.io.set(field, params.number(i));
        } else if (params.isText(i) && field.equals("path")) {
            image.path = texts.apply(params.address(i));
        } else if (params.isText(i) && field.equals("name")) {
            image.device = texts.apply(params.address(i));
        }
    }

    private static BlockRecord of(TreeMap<Integer, Image> images) {
        Map<String, BlockStats> byPath = new HashMap<>();
        Map<String, Image> byDevice = new LinkedHashMap<>();
        for (Image image : images.values()) {
            if (!image.path.isEmpty()) {
                byPath.put(image.path, image.sizes);
            }
            if (!image.device.isEmpty()) {
                byDevice.putIfAbsent(image.device, image);
            }
        }
        List<DeviceIo> io = byDevice.entrySet().stream()
                .flatMap(each -> each.getValue().io.counters(each.getKey()).stream())
                .toList();
        return new BlockRecord(byPath, List.copyOf(byDevice.keySet()), io);
    }
}
