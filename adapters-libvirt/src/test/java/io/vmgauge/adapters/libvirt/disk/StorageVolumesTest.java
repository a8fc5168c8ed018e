package io.vmgauge.adapters.libvirt.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.libvirt.connection.VolumePath;
import io.vmgauge.adapters.libvirt.definition.VolumeSource;
import io.vmgauge.ports.testkit.ManualTime;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StorageVolumesTest {
    private static final VolumeSource ONE = new VolumeSource("pool", "one", "raw");
    private static final VolumeSource TWO = new VolumeSource("pool", "two", "raw");

    private final ManualTime time = new ManualTime();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile VolumePath answer = new VolumePath(Optional.of("/images/one"), "");
    private volatile CountDownLatch mayAnswer = new CountDownLatch(0);
    private final StorageVolumes volumes = new StorageVolumes(this::resolve, time, Duration.ofSeconds(60), work -> {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    });

    private VolumePath resolve(VolumeSource volume) {
        asked.incrementAndGet();
        try {
            mayAnswer.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return answer;
    }

    @AfterEach
    void end() {
        mayAnswer.countDown();
        volumes.close();
    }

    @Test
    void anAnswerIsRememberedForAMinute() throws InterruptedException {
        assertEquals(Optional.of("/images/one"), volumes.of(ONE).path());
        time.advance(Duration.ofSeconds(59));
        volumes.of(ONE);
        assertEquals(1, asked.get());

        answer = new VolumePath(Optional.of("/images/moved"), "");
        time.advance(Duration.ofSeconds(1));
        awaitPath("/images/moved");
        assertEquals(2, asked.get());
    }

    @Test
    void whatCannotBeResolvedIsAskedForAgainSoonAndThenKnown() throws InterruptedException {
        answer = new VolumePath(Optional.empty(), "no pool");
        assertEquals("no pool", volumes.of(ONE).why());
        time.advance(Duration.ofSeconds(4));
        volumes.of(ONE);
        assertEquals(1, asked.get());

        answer = new VolumePath(Optional.of("/images/one"), "");
        time.advance(Duration.ofSeconds(1));
        awaitPath("/images/one");
    }

    /** A pool that was stopped under a running VM. */
    @Test
    void whatCannotBeResolvedAnyMoreStaysWhatItWas() {
        volumes.of(ONE);
        answer = new VolumePath(Optional.empty(), "pool is not active");
        for (int second = 0; second < 200; second++) {
            time.advance(Duration.ofSeconds(1));
            assertEquals(Optional.of("/images/one"), volumes.of(ONE).path());
        }
    }

    @Test
    void aPoolThatDoesNotAnswerIsWaitedForOnceAndAMomentOnly() throws InterruptedException {
        mayAnswer = new CountDownLatch(1);
        VolumePath none = new VolumePath(Optional.empty(), "libvirt has not answered yet");

        assertEquals(none, volumes.of(ONE));
        long begun = System.nanoTime();
        for (int i = 0; i < 60; i++) {
            assertEquals(none, volumes.of(ONE));
            assertEquals(none, volumes.of(TWO));
        }
        assertTrue(System.nanoTime() - begun < Duration.ofSeconds(60).toNanos(), "each waited a second");
        assertEquals(1, asked.get());

        mayAnswer.countDown();
        awaitPath("/images/one");
    }

    @Test
    void onlyWhatIsNamedIsRemembered() {
        volumes.of(ONE);
        volumes.keepOnly(Set.of(TWO));
        volumes.of(ONE);
        assertEquals(2, asked.get());
    }

    @Test
    void afterTheEndNothingIsKnown() {
        volumes.close();
        assertEquals(new VolumePath(Optional.empty(), "the agent ends"), volumes.of(ONE));
    }

    private void awaitPath(String path) throws InterruptedException {
        for (int i = 0; i < 1000 && !volumes.of(ONE).path().equals(Optional.of(path)); i++) {
            Thread.sleep(10);
        }
        assertEquals(Optional.of(path), volumes.of(ONE).path());
    }
}
