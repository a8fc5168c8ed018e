package io.vmgauge.adapters.virtdf;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.vmgauge.ports.spi.Settings;
import io.vmgauge.ports.spi.SettingsException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** The adapter's real reference.conf, with what a test wants otherwise. */
final class ConfigSettings implements Settings {
    private final Config config;

    private ConfigSettings(Config config) {
        this.config = config;
    }

    /** @param overrides lines of configuration, relative to the adapter's section */
    static ConfigSettings with(List<String> overrides) {
        Config reference = ConfigFactory.parseResources(VirtDfProvider.class, "/reference.conf")
                .getConfig("filesystems.virt-df");
        return new ConfigSettings(
                ConfigFactory.parseString(String.join("\n", overrides)).withFallback(reference));
    }

    @Override
    public String text(String key) {
        return config.getString(key);
    }

    @Override
    public List<String> texts(String key) {
        return config.getStringList(key);
    }

    @Override
    public int number(String key, int least, int most) {
        int value = config.getInt(key);
        if (value < least || value > most) {
            throw refuse(key, "from " + least + " to " + most);
        }
        return value;
    }

    @Override
    public boolean flag(String key) {
        return config.getBoolean(key);
    }

    @Override
    public Duration duration(String key) {
        return config.getDuration(key);
    }

    @Override
    public <E extends Enum<E>> E choice(String key, Class<E> choices) {
        return Enum.valueOf(choices, text(key).toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    @Override
    public SettingsException refuse(String key, String allowed) {
        return new SettingsException(key + " must be " + allowed);
    }
}
