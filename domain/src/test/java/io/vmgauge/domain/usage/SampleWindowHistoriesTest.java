package io.vmgauge.domain.usage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.sample.CpuSample;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Holds the windows against {@link NaiveWindow} through 120,000 made-up histories of samples, reads, restarts, late
 * answers and clock steps. A failure names its seed; {@code -Dhistories.seed=N} runs that seed alone.
 */
class SampleWindowHistoriesTest {
    private static final int HISTORIES_PER_SEED = 10_000;
    private static final int STEPS = 40;

    static LongStream seeds() {
        Long only = Long.getLong("histories.seed");
        return only == null ? LongStream.rangeClosed(1, 12) : LongStream.of(only);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void servesWhatTheNaiveReferenceServes(long seed) {
        Random random = new Random(seed);
        int answers = 0;
        for (int history = 0; history < HISTORIES_PER_SEED; history++) {
            try {
                answers += new Run(random).play();
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + ", history " + history + ": " + e.getMessage(), e);
            }
        }
        assertTrue(answers > HISTORIES_PER_SEED * 5, "too few answers to prove anything: " + answers);
    }

    /** One history, with what has been served so far. */
    private static final class Run {
        private final Random random;
        private final History host;
        private final int capacity;
        private final NaiveWindow naive;
        private SampleWindow<CpuSample> window;
        private @Nullable Answer<CpuSample> before;
        private @Nullable CpuSample firstOfLife;
        private BigDecimal served = BigDecimal.ZERO;
        private int answersOfLife;
        private boolean sameLife;
        private int answers;

        Run(Random random) {
            this.random = random;
            this.host = new History(random);
            this.capacity = 1 + random.nextInt(5);
            this.naive = new NaiveWindow(capacity);
            this.window = SampleWindow.of(capacity);
        }

        int play() {
            for (int step = 0; step < STEPS; step++) {
                int what = random.nextInt(100);
                if (what < 55) {
                    add(host.next());
                } else if (what < 85) {
                    read();
                } else if (what < 92) {
                    add(host.late());
                } else if (what < 95) {
                    add(host.restarted());
                } else {
                    host.stepClock();
                }
                assertTrue(window.size() <= capacity, "the window outgrew its capacity");
            }
            return answers;
        }

        private void add(CpuSample sample) {
            window = window.plus(sample);
            if (naive.add(sample) || firstOfLife == null) {
                firstOfLife = sample;
                served = BigDecimal.ZERO;
                answersOfLife = 0;
                sameLife = false;
            }
        }

        private void read() {
            Optional<Answer<CpuSample>> answer = window.answer();
            window = window.taken();
            assertEquals(answer, window.answer(), "asked again with no new sample, the answer changed");
            Optional<NaiveWindow.Served> expected = naive.read();
            assertEquals(expected.isPresent(), answer.isPresent(), "presence");
            if (answer.isPresent()) {
                CpuUsage usage = CpuUsage.of(answer.get());
                assertEquals(expected.get().usageNanos(), usage.usageNanos(), "mean of the counter");
                assertEquals(
                        expected.get().meanNanos(),
                        answer.get().mean().takenAt().nanos(),
                        "mean of the times");
                assertEquals(
                        expected.get().nanoCores().isPresent(),
                        usage.nanoCores().isPresent(),
                        "rate known");
                checkAgainstBefore(answer.get(), usage, expected.get());
            }
        }

        private void checkAgainstBefore(Answer<CpuSample> answer, CpuUsage usage, NaiveWindow.Served expected) {
            Answer<CpuSample> earlier = before;
            if (earlier == null || !answer.equals(earlier)) {
                answers++;
                answersOfLife++;
                usage.nanoCores().ifPresent(rate -> {
                    long off = Math.abs(rate - expected.nanoCores().orElseThrow());
                    assertTrue(off <= 1 + rate / 1_000_000_000_000_000L, "rate is off by " + off);
                    served =
                            served.add(BigDecimal.valueOf(rate).multiply(BigDecimal.valueOf(expected.intervalNanos())));
                });
                checkSum(answer, expected);
            }
            if (earlier != null && !answer.equals(earlier)) {
                assertTrue(answer.timestamp().isAfter(earlier.timestamp()), "the timestamp did not grow");
                if (sameLife) {
                    assertTrue(usage.usageNanos() >= earlier.mean().usageNanos(), "the counter fell");
                    checkPace(earlier, answer);
                }
            }
            before = answer;
            sameLife = true;
        }

        /** The sum of rate times interval is the CPU time used since the life began, to within the rates' rounding. */
        private void checkSum(Answer<CpuSample> answer, NaiveWindow.Served expected) {
            CpuSample first = Objects.requireNonNull(firstOfLife);
            BigDecimal used = BigDecimal.valueOf(answer.newest().usageNanos() - first.usageNanos());
            BigDecimal sum = served.scaleByPowerOfTen(-9);
            BigDecimal seconds = BigDecimal.valueOf(answer.newest().takenAt().nanosSince(first.takenAt()), 9);
            assertTrue(
                    sum.subtract(used).abs().compareTo(seconds.add(BigDecimal.ONE)) <= 0,
                    () -> "rates add up to " + sum + " of " + used + " ns in " + answersOfLife + " answers, last "
                            + expected);
        }

        /** Whatever the wall clock did backwards, time as served passes at no less than nine tenths of its pace. */
        private void checkPace(Answer<CpuSample> earlier, Answer<CpuSample> answer) {
            long elapsed = answer.mean().takenAt().nanosSince(earlier.mean().takenAt());
            Instant least = earlier.timestamp().plusNanos(elapsed - elapsed / 10);
            assertTrue(!answer.timestamp().isBefore(least), "time crept");
        }
    }
}
