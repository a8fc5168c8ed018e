import org.jspecify.annotations.NullMarked;

/**
 * What is measured and by which rules: identities, samples, windows and the answers made of them.
 * Pure and immutable: no clock, no threads, no input or output.
 */
@NullMarked
module io.vmgauge.domain {
    requires transitive org.jspecify;

    exports io.vmgauge.domain.identity;
    exports io.vmgauge.domain.sample;
    exports io.vmgauge.domain.text;
    exports io.vmgauge.domain.usage;
}
