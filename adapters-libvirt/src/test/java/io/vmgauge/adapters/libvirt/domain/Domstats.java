package io.vmgauge.adapters.libvirt.domain;

import io.vmgauge.adapters.libvirt.binding.TypedParameters;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A record as virsh domstats prints it, laid out in memory as libvirt does. */
final class Domstats {
    private final List<String> lines;

    Domstats(String printed) {
        lines = printed.lines().map(String::strip).toList();
    }

    TypedParameters parameters() {
        ByteBuffer bytes =
                ByteBuffer.allocate(lines.size() * TypedParameters.SIZE).order(ByteOrder.nativeOrder());
        for (int i = 0; i < lines.size(); i++) {
            String name = lines.get(i).substring(0, lines.get(i).indexOf('='));
            String value = lines.get(i).substring(name.length() + 1);
            int at = i * TypedParameters.SIZE;
            bytes.position(at).put(name.getBytes(StandardCharsets.US_ASCII));
            if (value.matches("[0-9]+")) {
                bytes.putInt(at + 80, 4).putLong(at + 88, Long.parseLong(value));
            } else {
                // A text lies elsewhere; the number of its line stands for its address.
                bytes.putInt(at + 80, 7).putLong(at + 88, i);
            }
        }
        return new TypedParameters(bytes.array(), lines.size());
    }

    /** The text at an address. */
    String text(long line) {
        String text = lines.get((int) line);
        return text.substring(text.indexOf('=') + 1);
    }
}
