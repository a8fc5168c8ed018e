package io.vmgauge.app.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import io.vmgauge.ports.spi.Settings;
import io.vmgauge.ports.spi.SettingsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
        Config reference = ConfigFactory.parseResources(Configuration.class.getClassLoader(), "reference.conf")
                .resolve();
        Config operator = file.map(Configuration::parse).orElse(ConfigFactory.empty());
        Config line = parse(overrides);
        refuseUnknown(operator, reference);
        refuseUnknown(line, reference);
        try {
            return new Configuration(
                    line.withFallback(operator).withFallback(reference).resolve());
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
            String text = override.getKey() + " = " + override.getValue();
            ConfigParseOptions options = ConfigParseOptions.defaults().setOriginDescription("-D " + override.getKey());
            try {
                all = ConfigFactory.parseString(text, options).withFallback(all);
            } catch (ConfigException.Parse e) {
                // URIs, paths and other text with signs that HOCON keeps for itself need no quotes on the command line.
                String quoted = override.getKey() + " = " + ConfigUtil.quoteString(override.getValue());
                all = ConfigFactory.parseString(quoted, options).withFallback(all);
            }
        }
        return all;
    }

    private static void refuseUnknown(Config given, Config reference) {
        refuseUnknown("", given.root(), reference.root());
    }

    private static void refuseUnknown(String path, ConfigObject given, ConfigObject reference) {
        for (Map.Entry<String, ConfigValue> entry : given.entrySet()) {
            String key = path + entry.getKey();
            ConfigValue known = reference.get(entry.getKey());
            if (known == null) {
                List<String> keys = reference.keySet().stream().sorted().toList();
                throw new SettingsException(HoconSettings.printable(key) + HoconSettings.place(entry.getValue())
                        + " is not a setting; " + (path.isEmpty() ? "there are " : "in " + path + " there are ")
                        + String.join(", ", keys));
            }
            boolean section = known.valueType() == ConfigValueType.OBJECT;
            if (section && !(entry.getValue() instanceof ConfigObject)) {
                throw new SettingsException(key + HoconSettings.place(entry.getValue())
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
                "configuration cannot be read: " + HoconSettings.printable(String.valueOf(e.getMessage())), e);
    }
}
