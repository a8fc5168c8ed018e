package io.vmgauge.domain.sample;

import java.util.List;

/**
 * What one look at one metric of one VM saw.
 *
 * @param <S> the sample's own type
 */
public interface Sample<S extends Sample<S>> {
    /** What was looked at. */
    Metric metric();

    /** When the hypervisor was asked, before the call that may hang: an answer that took a minute is a minute old. */
    Moment takenAt();

    /** False if something was reset or replaced since the earlier sample, so that no mean or rate may span both. */
    boolean continues(S earlier);

    /**
     * The mean of the samples at the mean of their times, rounded down. A part is present if every sample has it.
     *
     * @param samples at least one; each continues the one before it
     */
    S meanOf(List<S> samples);
}
