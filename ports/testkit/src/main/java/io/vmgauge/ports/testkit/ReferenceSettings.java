package io.vmgauge.ports.testkit;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import io.vmgauge.ports.spi.Settings;
import io.vmgauge.ports.spi.SettingsException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * An adapter's own section of the {@code reference.conf} that it ships, with what a test wants otherwise. So a test sees
 * the defaults that users get, and a key without one fails as it would in the agent. Immutable.
 */
public final class ReferenceSettings implements Settings {
    private final String name;
    private final Config section;

    private ReferenceSettings(String name, Config section) {
        this.name = name;
        this.section = section;
    }

    /**
     * One section of an adapter.
     *
     * @param provider a class of the adapter's module
     * @param section the adapter's own, such as {@code hypervisor.libvirt}
     * @param overrides lines of configuration, relative to the section
     */
    public static ReferenceSettings of(Class<?> provider, String section, String... overrides) {
        Config reference = ConfigFactory.parseResources(provider, "/reference.conf")
                .resolve()
                .getConfig(section);
        return new ReferenceSettings(
                section, ConfigFactory.parseString(String.join("\n", overrides)).withFallback(reference));
    }

    /** These settings with another value for one key, whatever characters it has. */
    public ReferenceSettings with(String key, Object value) {
        return new ReferenceSettings(name, section.withValue(key, ConfigValueFactory.fromAnyRef(value)));
    }

    @Override
    public String text(String key) {
        return section.getString(key);
    }

    @Override
    public List<String> texts(String key) {
        return section.getStringList(key);
    }

    @Override
    public int number(String key, int least, int most) {
        int value = section.getInt(key);
        if (value < least || value > most) {
            throw refuse(key, "from " + least + " to " + most);
        }
        return value;
    }

    @Override
    public boolean flag(String key) {
        return section.getBoolean(key);
    }

    @Override
    public Duration duration(String key) {
        return section.getDuration(key);
    }

    @Override
    public <E extends Enum<E>> E choice(String key, Class<E> choices) {
        return Enum.valueOf(choices, text(key).toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    @Override
    public SettingsException refuse(String key, String allowed) {
        return new SettingsException(
                name + "." + key + " = " + section.getValue(key).unwrapped() + " must be " + allowed);
    }
}
