package io.vmgauge.app.cli;

import io.vmgauge.app.Agent;
import io.vmgauge.app.Shutdown;
import io.vmgauge.ports.outbound.HypervisorException;
import io.vmgauge.ports.spi.EndpointException;
import io.vmgauge.ports.spi.SettingsException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The command line. Every error a user can make or meet is one line on standard error and an exit code of its own. */
@Command(
        name = "vmgauge",
        description = "Makes virtual machines visible to Kubernetes exactly as containers are.",
        subcommands = {ServeCommand.class, CheckCommand.class, StatsCommand.class},
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        usageHelpWidth = 80,
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all is well",
            "1:check found a problem, or something unexpected happened",
            "2:the command line makes no sense",
            "3:the configuration makes no sense",
            "4:the hypervisor cannot be used",
            "5:the socket cannot be served or reached"
        })
public final class Main {
    private static final int UNEXPECTED = 1;
    private static final int CONFIGURATION = 3;
    private static final int HYPERVISOR = 4;
    private static final int SOCKET = 5;

    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        // Only an agent leaves something behind, and is told to end by those who count that a success.
        if (args.length > 0 && args[0].equals(ServeCommand.NAME)) {
            Shutdown.expect();
        }
        int exit;
        try {
            exit = run(args);
        } finally {
            Shutdown.done();
        }
        System.exit(exit);
    }

    static int run(String... args) {
        CommandLine line = new CommandLine(new Main());
        line.setExecutionExceptionHandler((e, command, parsed) -> explain(e, command.getErr()));
        line.setParameterExceptionHandler((e, wrong) -> {
            e.getCommandLine().getErr().println("vmgauge: " + e.getMessage() + "; see vmgauge --help");
            return CommandLine.ExitCode.USAGE;
        });
        return line.execute(args);
    }

    private static int explain(Exception e, PrintWriter err) {
        err.println("vmgauge: " + (e.getMessage() == null ? e.toString() : e.getMessage()));
        if (e instanceof SettingsException) {
            return CONFIGURATION;
        }
        if (e instanceof HypervisorException) {
            return HYPERVISOR;
        }
        if (e instanceof EndpointException) {
            return SOCKET;
        }
        // Not foreseen, so whoever has to mend it needs to know where it came from.
        e.printStackTrace(err);
        return UNEXPECTED;
    }

    /** For {@code --version}. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"vmgauge " + Agent.version()};
        }
    }
}
