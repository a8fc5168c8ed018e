package io.vmgauge.app.cli;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Finding.Level;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** All that was found, in the two forms in which it is printed. */
record Findings(List<Finding> all) {
    /** All is well with this. */
    static Finding good(String subject, String what) {
        return new Finding(Level.GOOD, subject, what, "");
    }

    /**
     * A step of the check has not ended in time.
     *
     * @param what was to be had, with its verb
     */
    static List<Finding> hangs(String subject, String what, Duration limit) {
        return List.of(new Finding(
                Level.PROBLEM,
                subject,
                what + " not to be had within " + limit.toSeconds() + " s",
                "look for a process or a storage that does not answer"));
    }

    boolean hasProblem() {
        return all.stream().anyMatch(finding -> finding.level() == Level.PROBLEM);
    }

    /** For people, in picocli's markup for colours. */
    String text() {
        return all.stream().map(Findings::lines).collect(Collectors.joining());
    }

    String json() {
        return ConfigValueFactory.fromIterable(
                        all.stream().map(Findings::fields).toList())
                .render(ConfigRenderOptions.concise().setFormatted(true));
    }

    private static Map<String, String> fields(Finding finding) {
        return Map.of(
                "level", finding.level().name().toLowerCase(Locale.ROOT),
                "subject", finding.subject(),
                "what", finding.what(),
                "remedy", finding.remedy());
    }

    private static String lines(Finding finding) {
        String label = finding.level() == Level.GOOD
                ? "ok     "
                : finding.level() == Level.HINT ? "@|yellow hint   |@" : "@|red problem|@";
        return label + " " + plain(finding.subject()) + ": " + plain(finding.what()) + "%n".formatted()
                + (finding.remedy().isEmpty() ? "" : "          " + plain(finding.remedy()) + "%n".formatted());
    }

    /** So that no name can pass for a colour. */
    private static String plain(String text) {
        return text.replace("@|", "@ |");
    }
}
