package io.vmgauge.adapters.grpc;

import io.vmgauge.ports.spi.Settings;
import io.vmgauge.ports.spi.SettingsException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The section endpoint.cri as tests want it. */
final class MapSettings implements Settings {
    private final Map<String, String> values = new HashMap<>();

    /** The defaults of reference.conf, but for the socket. */
    MapSettings(String socket) {
        values.putAll(Map.of(
                "socket", socket,
                "mode", "0660",
                "group", "",
                "max-connections", "64",
                "max-calls", "32",
                "max-request-bytes", "65536",
                "upstream", "",
                "upstream-wait", "60s",
                "upstream-max-message-bytes", "33554432"));
    }

    MapSettings with(String key, String value) {
        MapSettings changed = new MapSettings("");
        changed.values.putAll(values);
        changed.values.put(key, value);
        return changed;
    }

    @Override
    public String text(String key) {
        String value = values.get(key);
        if (value == null) {
            throw new SettingsException("endpoint.cri." + key + " is missing");
        }
        return value;
    }

    @Override
    public int number(String key, int least, int most) {
        int value = Integer.parseInt(text(key));
        if (value < least || value > most) {
            throw refuse(key, "from " + least + " to " + most);
        }
        return value;
    }

    @Override
    public SettingsException refuse(String key, String allowed) {
        return new SettingsException("endpoint.cri." + key + " = " + values.get(key) + " must be " + allowed);
    }

    @Override
    public List<String> texts(String key) {
        throw new AssertionError("no lists here");
    }

    @Override
    public boolean flag(String key) {
        throw new AssertionError("no flags here");
    }

    @Override
    public Duration duration(String key) {
        return Duration.parse("PT" + text(key));
    }

    @Override
    public <E extends Enum<E>> E choice(String key, Class<E> choices) {
        throw new AssertionError("no choices here");
    }
}
