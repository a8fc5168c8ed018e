package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An adapter of somebody else, in src/test/foreign: its jar among those of the shipped program and its name in
 * {@code hypervisor.name} are all that it takes.
 */
class ForeignHypervisorIT {
    private static final String[] FOREIGN = {
        "hypervisor.name=foreign", "hypervisor.foreign.pod=alien", "disk.source=block"
    };

    /** The shipped program, and the jar. */
    @TempDir
    private static Path home = Path.of("");

    @BeforeAll
    static void install() throws Exception {
        Shipped.Result copied =
                Shipped.execute(List.of("cp", "-aT", Shipped.home().toString(), home.toString()));
        assertEquals(0, copied.exit(), copied.toString());
        Path sources = Path.of(System.getProperty("lab.dir", "lab")).resolveSibling("app/src/test/foreign");
        Path classes = Files.createDirectory(home.resolve("classes"));
        List<String> javac = new ArrayList<>(List.of("--release", "17", "-Xlint:all", "-Werror"));
        javac.addAll(List.of("-p", home.resolve("lib").toString(), "-d", classes.toString()));
        try (Stream<Path> all = Files.walk(sources)) {
            all.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(javac::add);
        }
        run("javac", javac.toArray(String[]::new));
        Files.copy(sources.resolve("reference.conf"), classes.resolve("reference.conf"));
        run("jar", "--create", "--file", home.resolve("lib/foreign.jar").toString(), "-C", classes.toString(), ".");
    }

    @Test
    void itsVmIsServed() throws Exception {
        Path dir = Files.createDirectory(home.resolve("agent"));
        List<String> instead = List.of("sh", "-c", "shift; exec '" + vmgauge() + "' \"$@\"", "sh");
        try (RunningAgent agent = RunningAgent.within(instead, dir, "test:///default", FOREIGN)) {
            agent.until("its memory", () -> agent.stats().values().stream()
                    .allMatch(stats -> stats.hasPath("memory.workingSetBytes")));
            Map<String, Config> stats = agent.stats();
            assertEquals(List.of("alien"), List.copyOf(stats.keySet()));
            Config alien = stats.values().iterator().next();
            assertEquals("foreign-container", alien.getString("attributes.id"));
            assertEquals(1_234_567_890, alien.getLong("cpu.usageCoreNanoSeconds.value"));
            assertEquals(64 << 20, alien.getLong("memory.workingSetBytes.value"));
        }
    }

    @Test
    void itsFindingsAreChecked() throws Exception {
        Shipped.Result check = check(FOREIGN);
        assertEquals(0, check.exit(), check.toString());
        assertTrue(check.out().contains("abroad/alien") && check.out().contains("one machine, as always"), check.out());
    }

    @Test
    void itsSettingsAreRefusedLikeOurs() throws Exception {
        Shipped.Result check = check("hypervisor.name=foreign", "hypervisor.foreign.pot=alien");
        assertEquals(3, check.exit(), check.toString());
        assertTrue(check.err().contains("hypervisor.foreign.pot = \"alien\""), check.err());
        assertTrue(check.err().contains("in hypervisor.foreign there are pod"), check.err());
    }

    private static Shipped.Result check(String... settings) throws Exception {
        List<String> command = new ArrayList<>(List.of(vmgauge().toString(), "check"));
        for (String setting : settings) {
            command.addAll(List.of("-D", setting));
        }
        return Shipped.execute(command);
    }

    private static Path vmgauge() {
        return home.resolve("bin/vmgauge");
    }

    private static void run(String tool, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", tool).toString());
        command.addAll(List.of(arguments));
        Shipped.Result result = Shipped.execute(command);
        assertEquals(0, result.exit(), result.toString());
    }
}
