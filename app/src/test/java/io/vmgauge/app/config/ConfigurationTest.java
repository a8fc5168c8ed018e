package io.vmgauge.app.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.usage.MetricRule;
import io.vmgauge.domain.usage.WorkingSet;
import io.vmgauge.engine.EngineSettings;
import io.vmgauge.ports.spi.SettingsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationTest {
    @TempDir
    private Path dir = Path.of("");

    @Test
    void theDefaultsAreThoseOfTheDesign() {
        AgentConfig config = read("").agent();
        assertEquals("libvirt", config.hypervisor());
        assertEquals("cri", config.endpoint());
        assertEquals(
                Map.of(
                        Metric.CPU, Duration.ofSeconds(5),
                        Metric.MEMORY, Duration.ofSeconds(10),
                        Metric.GUEST_MEMORY, Duration.ofSeconds(30),
                        Metric.NETWORK, Duration.ofSeconds(10),
                        Metric.DISK, Duration.ofMinutes(5),
                        Metric.BLOCK_IO, Duration.ofSeconds(10)),
                config.engine().intervals());
        assertEquals(Duration.ofMillis(500), config.engine().minInterval());
        assertEquals(
                new MetricRule(3, Duration.ofMinutes(10)),
                config.engine().rules().metrics().get(Metric.CPU));
        for (Metric metric : List.of(Metric.MEMORY, Metric.GUEST_MEMORY, Metric.BLOCK_IO)) {
            assertEquals(
                    new MetricRule(1, Duration.ofMinutes(10)),
                    config.engine().rules().metrics().get(metric));
        }
        assertEquals(
                new MetricRule(1, Duration.ofMinutes(30)),
                config.engine().rules().metrics().get(Metric.DISK));
        assertEquals(WorkingSet.HOST, config.engine().rules().workingSet());
        assertEquals(
                new EngineSettings.Monitor(4, Duration.ofSeconds(3), 8),
                config.engine().monitor());
        assertEquals("auto", config.diskSource());
    }

    @Test
    void everyKeyCanBeSet() {
        AgentConfig config =
                read("""
                hypervisor.name = other
                endpoint.name = tcp
                sampling {
                  cpu { interval = 1s, samples = 7, max-age = 1m }
                  memory { interval = 2s, samples = 8, max-age = 2m }
                  guest-memory { interval = 5s, samples = 6, max-age = 5m }
                  block-io { interval = 6s, samples = 4, max-age = 6m }
                  network { interval = 3s, samples = 9, max-age = 3m }
                  disk { interval = 4s, samples = 10, max-age = 4m }
                  min-interval = 100ms
                }
                memory.working-set = guest
                disk.source = block
                monitor { workers = 2, deadline = 1s, max-abandoned = 0 }
                """)
                        .agent();
        assertEquals("other", config.hypervisor());
        assertEquals("tcp", config.endpoint());
        assertEquals(Duration.ofSeconds(3), config.engine().intervals().get(Metric.NETWORK));
        assertEquals(
                new MetricRule(8, Duration.ofMinutes(2)),
                config.engine().rules().metrics().get(Metric.MEMORY));
        assertEquals(Duration.ofSeconds(5), config.engine().intervals().get(Metric.GUEST_MEMORY));
        assertEquals(
                new MetricRule(6, Duration.ofMinutes(5)),
                config.engine().rules().metrics().get(Metric.GUEST_MEMORY));
        assertEquals(Duration.ofSeconds(6), config.engine().intervals().get(Metric.BLOCK_IO));
        assertEquals(
                new MetricRule(4, Duration.ofMinutes(6)),
                config.engine().rules().metrics().get(Metric.BLOCK_IO));
        assertEquals(Duration.ofMillis(100), config.engine().minInterval());
        assertEquals(WorkingSet.GUEST, config.engine().rules().workingSet());
        assertEquals(
                new EngineSettings.Monitor(2, Duration.ofSeconds(1), 0),
                config.engine().monitor());
        assertEquals("block", config.diskSource());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sampling.cpu.interval = 5    | sampling.cpu.interval = 5 (FILE:1) must be a duration above zero with its unit, such as 500ms, 5s or 10m",
                "sampling.cpu.interval = 5x   | sampling.cpu.interval = \"5x\" (FILE:1) must be a duration above zero",
                "sampling.cpu.interval = -5s  | sampling.cpu.interval = \"-5s\" (FILE:1) must be a duration above zero",
                "sampling.cpu.interval = 1ms  | sampling.cpu.interval = \"1ms\" (FILE:1) must be at least 50ms",
                "sampling.cpu.samples = 0     | sampling.cpu.samples = 0 (FILE:1) must be a whole number from 1 to 1000",
                "sampling.cpu.samples = 2.5   | sampling.cpu.samples = 2.5 (FILE:1) must be a whole number from 1 to 1000",
                "sampling.cpu.samples = many  | sampling.cpu.samples = \"many\" (FILE:1) must be a whole number",
                "sampling.disk.max-age = 6m   | sampling.disk.max-age = \"6m\" (FILE:1) must be at least twice the interval",
                "memory.working-set = all     | memory.working-set = \"all\" (FILE:1) must be host or guest",
                "monitor.workers = [1]        | monitor.workers = [1] (FILE:1) must be a whole number from 1 to 64",
                "sampling.cpu.samples = null  | sampling.cpu.samples = null (FILE:1) must be a whole number from 1 to 1000",
            })
    void nonsenseIsRefusedWithKeyValuePlaceAndCure(String line, String expected) {
        assertStartsWith(expected.replace("FILE", file().toString()), refusal(line));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sampling.cpuu = 5s          | sampling.cpuu = \"5s\" (FILE:1) is not a setting; in sampling there are block-io, cpu, disk, guest-memory, memory, min-interval, network",
                "smapling.cpu.interval = 5s  | smapling = {\"cpu\":{\"interval\":\"5s\"}} (FILE:1) is not a setting; there are ",
                "sampling.cpu = 5s           | sampling.cpu = \"5s\" (FILE:1) is a section and takes no value: set one of its keys, such as sampling.cpu.",
                "sampling.cpu = null         | sampling.cpu = null (FILE:1) is a section and takes no value: set one of its keys, such as sampling.cpu.",
                "sampling.cpu = ${monitor}   | sampling.cpu.deadline = \"3s\" (",
                "sampling.cpu = ${monitors}  | configuration cannot be read: FILE: 1: Could not resolve substitution to a value: ${monitors}",
            })
    void anUnknownKeyIsRefusedWithWhatThereIs(String line, String expected) {
        assertStartsWith(expected.replace("FILE", file().toString()), refusal(line));
    }

    @Test
    void oneSectionMayBeTakenForAnother() {
        AgentConfig config =
                read("""
                sampling.memory = ${sampling.cpu}
                sampling.memory.interval = 20s
                sampling.network = ${sampling.cpu}
                """)
                        .agent();
        assertEquals(Duration.ofSeconds(20), config.engine().intervals().get(Metric.MEMORY));
        assertEquals(Duration.ofSeconds(5), config.engine().intervals().get(Metric.NETWORK));
        assertEquals(
                new MetricRule(3, Duration.ofMinutes(10)),
                config.engine().rules().metrics().get(Metric.MEMORY));
    }

    /** As a file was written before the guest's figures had an interval of their own. */
    @Test
    void memoryMayBeSetAloneHoweverShortItsMaxAge() {
        EngineSettings engine = read("sampling.memory { interval = 1s, samples = 2, max-age = 2s }")
                .agent()
                .engine();
        assertEquals(Duration.ofSeconds(1), engine.intervals().get(Metric.MEMORY));
        assertEquals(Duration.ofSeconds(30), engine.intervals().get(Metric.GUEST_MEMORY));
        assertEquals(
                new MetricRule(1, Duration.ofMinutes(10)),
                engine.rules().metrics().get(Metric.GUEST_MEMORY));
    }

    /** The line alone would hide that the file makes no sense. */
    @Test
    void theFileIsRefusedWhateverTheCommandLineSays() {
        write("sampling.cpu = 5s");
        SettingsException e = assertThrows(
                SettingsException.class,
                () -> Configuration.read(Optional.of(file()), Map.of("sampling.cpu.interval", "3s")));
        assertStartsWith("sampling.cpu = \"5s\" (" + file() + ":1) is a section", String.valueOf(e.getMessage()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sampling..cpu | 1  | -D sampling..cpu=1 cannot be read: ",
                "a{b           | 1  | -D a{b=1 cannot be read: ",
                "''            | 1  | -D =1 cannot be read: ",
                "include       | x  | include = \"x\" (-D include) is not a setting",
                "a b           | ${ | a b = \"${\" (-D a b) is not a setting",
            })
    void aKeyThatIsNoneIsRefusedInItsOwnWords(String key, String value, String expected) {
        SettingsException e =
                assertThrows(SettingsException.class, () -> Configuration.read(Optional.empty(), Map.of(key, value)));
        assertStartsWith(expected, String.valueOf(e.getMessage()));
        assertFalse(String.valueOf(e.getMessage()).contains("\n"), e.getMessage());
    }

    @Test
    void theLineIsTheOneInTheFile() {
        String message = refusal("# a comment\n\nsampling {\n  cpu.interval = soon\n}\n");
        assertTrue(message.contains(file() + ":4)"), message);
    }

    @Test
    void brokenSyntaxIsOneLine() {
        String message = refusal("sampling { cpu = \n}}}");
        assertStartsWith("configuration cannot be read: ", message);
        assertFalse(message.contains("\n"), message);
        assertTrue(message.contains(file().toString()), message);
    }

    @Test
    void controlCharactersNeverReachTheTerminal() {
        String message = refusal("memory.working-set = \"a\u001b[31mb\\nc\"");
        assertTrue(message.chars().allMatch(c -> c >= ' '), message);
        assertStartsWith("memory.working-set = \"a?b?c\"", refusal("memory.working-set = \"a\u009bb\u202ec\""));
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        Path absent = dir.resolve("absent.conf");
        SettingsException e =
                assertThrows(SettingsException.class, () -> Configuration.read(Optional.of(absent), Map.of()));
        assertEquals("configuration file " + absent + " does not exist", e.getMessage());
    }

    @Test
    void theCommandLineWinsAndNeedsNoQuotes() {
        Map<String, String> line = Map.of(
                "sampling.cpu.interval", "2s",
                "hypervisor.name", "a:b/c?d=e");
        write("sampling.cpu { interval = 3s, samples = 5 }");
        AgentConfig config = Configuration.read(Optional.of(file()), line).agent();
        assertEquals(Duration.ofSeconds(2), config.engine().intervals().get(Metric.CPU));
        assertEquals(
                new MetricRule(5, Duration.ofMinutes(10)),
                config.engine().rules().metrics().get(Metric.CPU));
        assertEquals("a:b/c?d=e", config.hypervisor());
    }

    @Test
    void theCommandLineIsRefusedInItsOwnWords() {
        Map<String, String> line = Map.of("sampling.cpu.interval", "soon");
        SettingsException e = assertThrows(SettingsException.class, () -> Configuration.read(Optional.empty(), line)
                .agent());
        assertStartsWith(
                "sampling.cpu.interval = \"soon\" (-D sampling.cpu.interval) must be", String.valueOf(e.getMessage()));
    }

    private String refusal(String text) {
        SettingsException e =
                assertThrows(SettingsException.class, () -> read(text).agent());
        return String.valueOf(e.getMessage());
    }

    private Configuration read(String text) {
        write(text);
        return Configuration.read(Optional.of(file()), Map.of());
    }

    private Path file() {
        return dir.resolve("vmgauge.conf");
    }

    private void write(String text) {
        try {
            Files.writeString(file(), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertStartsWith(String expected, String actual) {
        assertEquals(expected, actual.substring(0, Math.min(actual.length(), expected.length())), actual);
    }
}
