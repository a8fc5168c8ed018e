package io.vmgauge.domain.usage;

import io.vmgauge.domain.sample.Sample;
import java.time.Instant;
import java.util.Optional;

/**
 * What a window says when it is asked.
 *
 * @param mean the mean of the samples in the window
 * @param timestamp when the mean held, as readers are told: strictly later than in the answer before it
 * @param newest the last sample in the window
 * @param since the anchor from which a rate up to newest is counted; absent until there are two samples
 */
public record Answer<S extends Sample<S>>(S mean, Instant timestamp, S newest, Optional<S> since) {}
