package io.vmgauge.ports.spi;

import java.time.Duration;
import java.util.List;

/**
 * An adapter's own section of the configuration. Every key has a default in the {@code reference.conf} at the root of
 * the adapter's jar; a key that is not there is refused before the adapter sees anything. All getters throw
 * {@link SettingsException} in the operator's words if the value is of the wrong kind. Immutable.
 */
public interface Settings {
    /** A string. */
    String text(String key);

    /** A list of strings. */
    List<String> texts(String key);

    /** A whole number from least to most. */
    int number(String key, int least, int most);

    /** Yes or no. */
    boolean flag(String key);

    /** A positive duration with its unit, such as {@code 5s}. */
    Duration duration(String key);

    /** One of the constants, written lower-case with dashes. */
    <E extends Enum<E>> E choice(String key, Class<E> choices);

    /**
     * To be thrown when a value is of the right kind but makes no sense.
     *
     * @param allowed what would, as the end of the sentence "… must be"
     */
    SettingsException refuse(String key, String allowed);
}
