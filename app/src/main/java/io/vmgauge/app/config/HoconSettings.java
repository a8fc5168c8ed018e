package io.vmgauge.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.spi.Settings;
import io.vmgauge.ports.spi.SettingsException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One section of a HOCON configuration, whose every complaint says which value in which line, and what would do. */
final class HoconSettings implements Settings {

    private final Config section;
    private final String prefix;

    /** @param prefix where the section is in the whole, with a dot at its end, for messages */
    HoconSettings(Config section, String prefix) {
        this.section = section;
        this.prefix = prefix;
    }

    @Override
    public String text(String key) {
        return get(key, "a text", () -> section.getString(key));
    }

    @Override
    public List<String> texts(String key) {
        return get(key, "a list of texts", () -> List.copyOf(section.getStringList(key)));
    }

    @Override
    public int number(String key, int least, int most) {
        String allowed = "a whole number from " + least + " to " + most;
        // Not getInt, which would cut 2.7 to 2.
        double value = get(key, allowed, () -> section.getDouble(key));
        if (value != Math.rint(value) || value < least || value > most) {
            throw refuse(key, allowed);
        }
        return (int) value;
    }

    @Override
    public boolean flag(String key) {
        return get(key, "true or false", () -> section.getBoolean(key));
    }

    @Override
    public Duration duration(String key) {
        String allowed = "a duration above zero with its unit, such as 500ms, 5s or 10m";
        String text = get(key, allowed, () -> section.getString(key));
        // HOCON would take a bare number as milliseconds, which is hardly what was meant.
        if (text.isEmpty() || Character.isDigit(text.charAt(text.length() - 1))) {
            throw refuse(key, allowed);
        }
        Duration value = get(key, allowed, () -> section.getDuration(key));
        if (value.isNegative() || value.isZero() || value.compareTo(Duration.ofDays(365)) > 0) {
            throw refuse(key, allowed);
        }
        return value;
    }

    @Override
    public <E extends Enum<E>> E choice(String key, Class<E> choices) {
        String text = text(key);
        return Arrays.stream(choices.getEnumConstants())
                .filter(choice -> spelled(choice).equals(text))
                .findFirst()
                .orElseThrow(() -> refuse(
                        key,
                        Arrays.stream(choices.getEnumConstants())
                                .map(HoconSettings::spelled)
                                .collect(Collectors.joining(" or "))));
    }

    @Override
    public SettingsException refuse(String key, String allowed) {
        ConfigValue value = written(key);
        return new SettingsException((value == null ? prefix + key + " is missing: it" : shown(prefix + key, value))
                + " must be " + allowed);
    }

    private <T> T get(String key, String allowed, Supplier<T> getter) {
        try {
            return getter.get();
        } catch (ConfigException e) {
            throw refuse(key, allowed);
        }
    }

    private static String spelled(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Absent if nobody has said anything of it. Not by getValue, to which a null is as good as nothing. */
    private @Nullable ConfigValue written(String key) {
        ConfigValue value = section.root();
        for (String element : ConfigUtil.splitPath(key)) {
            value = value instanceof ConfigObject object ? object.get(element) : null;
        }
        return value;
    }

    /** A key, its value and where that stands, for messages. */
    static String shown(String key, ConfigValue value) {
        return SafeText.line(key) + " = " + SafeText.line(value.render(ConfigRenderOptions.concise())) + place(value);
    }

    /** Where a value stands, in brackets. */
    private static String place(ConfigValue value) {
        ConfigOrigin origin = value.origin();
        String file = origin.filename() == null ? origin.description() : origin.filename();
        boolean hasLine = origin.filename() != null && origin.lineNumber() > 0;
        // On the command line the key says it all, and the line is always 1.
        return " (" + SafeText.line(file.replaceFirst(": 1$", "")) + (hasLine ? ":" + origin.lineNumber() : "") + ")";
    }
}
