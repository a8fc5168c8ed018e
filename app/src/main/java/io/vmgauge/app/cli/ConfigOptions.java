package io.vmgauge.app.cli;

import io.vmgauge.app.config.Configuration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options by which every command finds the configuration. */
final class ConfigOptions {
    private static final Path USUAL = Path.of("/etc/vmgauge/vmgauge.conf");

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The configuration file. Default: /etc/vmgauge/vmgauge.conf, if it is there.")
    private @Nullable Path file;

    @Option(
            names = "-D",
            paramLabel = "KEY=VALUE",
            description = "Sets one key of the configuration. May be given several times.")
    private Map<String, String> overrides = new LinkedHashMap<>();

    Configuration read() {
        return Configuration.read(file(), overrides);
    }

    Optional<Path> file() {
        return file != null ? Optional.of(file) : Optional.of(USUAL).filter(Files::exists);
    }
}
