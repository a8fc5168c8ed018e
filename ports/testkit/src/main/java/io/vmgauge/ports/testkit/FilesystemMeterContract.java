package io.vmgauge.ports.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.DiskSample;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.outbound.Measurement.Unresponsive;
import io.vmgauge.ports.spi.Finding;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * What {@link io.vmgauge.ports.outbound.FilesystemMeter} and {@link io.vmgauge.ports.spi.Filesystems} promise. Long
 * because they say so much: there is a test for each sentence.
 */
public interface FilesystemMeterContract {
    /** How long the end of a reading may take, and everything that reads no image. */
    Duration PROMPTLY = Duration.ofSeconds(10);

    /** A new lab, to be closed by the caller. */
    FilesystemsLab lab();

    @Test
    default void aReadingIsTheSumOfAllFilesystemsAndChangesNoImage() {
        try (FilesystemsLab lab = lab()) {
            List<byte[]> before = lab.disks().stream().map(lab::content).toList();
            Moment asked = lab.time().now();

            Measured measured = assertInstanceOf(Measured.class, measure(lab, lab.disks()));

            Moment answered = lab.time().now();
            assertEquals(VM, measured.vm());
            assertEquals(LIFE, measured.incarnation());
            DiskSample sample = assertInstanceOf(DiskSample.class, single(measured));
            assertEquals(lab.usedBytes(), sample.usedBytes());
            assertFalse(asked.isAfter(sample.takenAt()), "older than the question");
            assertFalse(sample.takenAt().isAfter(answered), "younger than the answer");
            for (int i = 0; i < before.size(); i++) {
                assertArrayEquals(before.get(i), lab.content(lab.disks().get(i)));
            }
        }
    }

    @Test
    default void aDiskWithoutAFilesystemIsUnknownAndNotZero() {
        try (FilesystemsLab lab = lab()) {
            assertUnresponsive(measure(lab, List.of(lab.unformatted())));
        }
    }

    @Test
    default void aDiskThatIsMissingIsUnknownAndItsVmIsReadAgainWhenItIsBack() {
        try (FilesystemsLab lab = lab()) {
            List<DiskImage> disks = new ArrayList<>(lab.disks());
            disks.add(lab.missing());
            assertUnresponsive(measure(lab, disks));

            assertInstanceOf(Measured.class, measure(lab, lab.disks()));
        }
    }

    @Test
    default void aVmWithoutDisksHasNothingToTell() {
        try (FilesystemsLab lab = lab()) {
            assertEquals(new Measured(VM, LIFE, List.of()), measure(lab, List.of()));
        }
    }

    @Test
    default void severalThreadsMayAskAtOnce() throws Exception {
        try (FilesystemsLab lab = lab()) {
            assertTrue(lab.filesystems().concurrency() >= 1);
            int threads = lab.filesystems().concurrency() + 1;
            Crowd.of(threads, () -> assertInstanceOf(Measured.class, measure(lab, lab.disks())));
            assertEquals(0, lab.underWay());
        }
    }

    /** Readings hang here: only then can be seen how many there are at once. */
    @Test
    default void asManyReadingsAreUnderWayAsSaidAndNeverMore() throws Exception {
        try (FilesystemsLab lab = lab()) {
            lab.hang();
            int said = lab.filesystems().concurrency();
            AtomicInteger most = new AtomicInteger();
            AtomicBoolean done = new AtomicBoolean();
            Thread sampler = new Thread(
                    () -> {
                        while (!done.get()) {
                            most.accumulateAndGet(lab.underWay(), Math::max);
                            LockSupport.parkNanos(1_000_000);
                        }
                    },
                    "counts readings");
            sampler.setDaemon(true);
            sampler.start();
            Crowd.of(3 * said, () -> assertUnresponsive(measure(lab, lab.disks())));
            done.set(true);
            sampler.join();
            assertEquals(said, most.get());
            assertEquals(0, lab.underWay());
        }
    }

    @Test
    default void imagesThatAreThereHaveNoObstacleAndOneThatIsMissingHasOneInOneLine() {
        try (FilesystemsLab lab = lab()) {
            assertEquals(Optional.empty(), lab.filesystems().obstacle(lab.disks()));
            assertEquals(Optional.empty(), lab.filesystems().obstacle(List.of()));
            assertOneLine(lab.filesystems()
                    .obstacle(List.of(lab.disks().get(0), lab.missing()))
                    .orElseThrow());
        }
    }

    @Test
    default void aReadingThatHangsIsUnknownWithinTheLongestTime() {
        try (FilesystemsLab lab = lab()) {
            lab.hang();
            assertTimeoutPreemptively(
                    lab.filesystems().longest().plus(PROMPTLY), () -> assertUnresponsive(measure(lab, lab.disks())));
            assertEquals(0, lab.underWay());
        }
    }

    @Test
    default void aReadingCannotBeInterruptedButEndsWhenTheAdapterIsClosed() throws Exception {
        try (FilesystemsLab lab = lab()) {
            lab.hang();
            FutureTask<Measurement> call = new FutureTask<>(() -> measure(lab, lab.disks()));
            Thread thread = new Thread(call, "reads without end");
            thread.setDaemon(true);
            thread.start();
            awaitUnderWay(lab);
            thread.interrupt();
            TimeUnit.MILLISECONDS.sleep(300);
            assertFalse(call.isDone(), "it was interrupted");

            lab.filesystems().close();

            assertUnresponsive(call.get(PROMPTLY.toSeconds(), TimeUnit.SECONDS));
            assertEquals(0, lab.underWay());
            lab.filesystems().close();
            assertTimeoutPreemptively(PROMPTLY, () -> assertUnresponsive(measure(lab, lab.disks())));
        }
    }

    @Test
    default void aHostWhereImagesCanBeReadHasNoProblem() {
        try (FilesystemsLab lab = lab()) {
            List<Finding> findings = lab.filesystems().check();
            assertFalse(findings.isEmpty());
            assertTrue(findings.stream().noneMatch(f -> f.level() == Finding.Level.PROBLEM), findings::toString);
        }
    }

    @Test
    default void aHostWhereImagesCannotBeReadHasAProblemInOneLine() {
        try (FilesystemsLab lab = lab()) {
            lab.hang();
            Finding problem = lab.filesystems().check().stream()
                    .filter(f -> f.level() == Finding.Level.PROBLEM)
                    .findFirst()
                    .orElseThrow();
            assertOneLine(problem.what());
            assertOneLine(problem.remedy());
        }
    }

    /** The VM that all tests ask for. */
    VmId VM = new VmId("00000000-0000-4000-8000-00000000d15c");

    /** Its life. */
    Incarnation LIFE = new Incarnation(7);

    private static Measurement measure(FilesystemsLab lab, List<DiskImage> disks) {
        return lab.filesystems().meter().measure(VM, LIFE, disks);
    }

    private static Object single(Measured measured) {
        assertEquals(1, measured.samples().size());
        return measured.samples().get(0);
    }

    private static void assertUnresponsive(Measurement measurement) {
        Unresponsive unresponsive = assertInstanceOf(Unresponsive.class, measurement);
        assertEquals(VM, unresponsive.vm());
        assertOneLine(unresponsive.why());
    }

    private static void assertOneLine(String text) {
        assertFalse(text.isBlank() || text.chars().anyMatch(Character::isISOControl), () -> "not one line: " + text);
    }

    private static void awaitUnderWay(FilesystemsLab lab) throws InterruptedException {
        for (int i = 0; lab.underWay() == 0; i++) {
            assertTrue(i < PROMPTLY.toMillis() / 10, "no reading began");
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }
}
