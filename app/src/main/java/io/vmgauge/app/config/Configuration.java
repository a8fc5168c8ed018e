package io.vmgauge.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.spi.Settings;
import io.vmgauge.ports.spi.SettingsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The configuration as a whole: the {@code reference.conf} of every module, the operator's file over it, and the command
 * line's {@code -D} over both. A key that no reference knows is refused, so a slip of the pen never goes unnoticed.
 */
public final class Configuration {
    private final Config all;

    private Configuration(Config all) {
        this.all = all;
    }

    /**
     * Reads it.
     *
     * @param file the operator's file; absent: only defaults
     * @param overrides what to set, by key
     * @throws SettingsException in one line that names the key, the value, the place and the cure
     */
    public static Configuration read(Optional<Path> file, Map<String, String> overrides) {
        Config operator = file.map(Configuration::parse).orElse(ConfigFactory.empty());
        Config line = parse(overrides);
        try {
            Config reference = ConfigFactory.parseResources(Configuration.class.getClassLoader(), "reference.conf")
                    .resolve();
            // Resolved before it is looked at: until then nobody can say which keys there are.
            refuseUnknown(operator.withFallback(reference).resolve(), reference);
            Config all = line.withFallback(operator).withFallback(reference).resolve();
            refuseUnknown(all, reference);
            return new Configuration(all);
        } catch (ConfigException e) {
            throw broken(e);
        }
    }

    /** The agent's own part. */
    public AgentConfig agent() {
        return AgentConfig.from(new HoconSettings(all, ""));
    }

    /** One adapter's section, such as {@code hypervisor.libvirt}; an empty one if nobody has said anything of it. */
    public Settings section(String path) {
        return new HoconSettings(all.hasPath(path) ? all.getConfig(path) : ConfigFactory.empty(), path + ".");
    }

    private static Config parse(Path file) {
        if (!Files.isReadable(file)) {
            String why =
                    Files.exists(file) ? "may not be read by this user: check its owner and mode" : "does not exist";
            throw new SettingsException("configuration file " + file + " " + why);
        }
        try {
            return ConfigFactory.parseFile(
                    file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false));
        } catch (ConfigException e) {
            throw broken(e);
        }
    }

    private static Config parse(Map<String, String> overrides) {
        Config all = ConfigFactory.empty();
        for (Map.Entry<String, String> override : overrides.entrySet()) {
            all = parse(override.getKey(), override.getValue()).withFallback(all);
        }
        return all;
    }

    private static Config parse(String key, String value) {
        ConfigParseOptions options = ConfigParseOptions.defaults().setOriginDescription("-D " + key);
        try {
            String path = ConfigUtil.splitPath(key).stream()
                    .map(ConfigUtil::quoteString)
                    .collect(Collectors.joining("."));
            try {
                return ConfigFactory.parseString(path + " = " + value, options);
            } catch (ConfigException.Parse e) {
                // URIs, paths and other text with signs that HOCON keeps for itself need no quotes on the command line.
                return ConfigFactory.parseString(path + " = " + ConfigUtil.quoteString(value), options);
            }
        } catch (ConfigException e) {
            throw new SettingsException(
                    SafeText.line("-D " + key + "=" + value + " cannot be read: " + e.getMessage()), e);
        }
    }

    private static void refuseUnknown(Config given, Config reference) {
        refuseUnknown("", given.root(), reference.root());
    }

    private static void refuseUnknown(String path, ConfigObject given, ConfigObject reference) {
        // Sorted, so that the same mistake is always told in the same words.
        for (Map.Entry<String, ConfigValue> entry : new TreeMap<>(given).entrySet()) {
            String key = path + entry.getKey();
            ConfigValue known = reference.get(entry.getKey());
            if (known == null) {
                List<String> keys = reference.keySet().stream().sorted().toList();
                throw new SettingsException(HoconSettings.shown(key, entry.getValue()) + " is not a setting; "
                        + (path.isEmpty() ? "" : "in " + path.substring(0, path.length() - 1) + " ") + "there are "
                        + String.join(", ", keys));
            }
            boolean section = known.valueType() == ConfigValueType.OBJECT;
            if (section && !(entry.getValue() instanceof ConfigObject)) {
                throw new SettingsException(HoconSettings.shown(key, entry.getValue())
                        + " is a section and takes no value: set one of its keys, such as " + key + "."
                        + ((ConfigObject) known).keySet().iterator().next());
            }
            if (section) {
                refuseUnknown(key + ".", (ConfigObject) entry.getValue(), (ConfigObject) known);
            }
        }
    }

    private static SettingsException broken(ConfigException e) {
        return new SettingsException(
                "configuration cannot be read: " + SafeText.line(String.valueOf(e.getMessage())), e);
    }
}
