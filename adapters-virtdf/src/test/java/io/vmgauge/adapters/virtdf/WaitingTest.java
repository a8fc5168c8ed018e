package io.vmgauge.adapters.virtdf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.outbound.Measurement.Unresponsive;
import io.vmgauge.ports.spi.Filesystems;
import io.vmgauge.ports.spi.Finding.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What readings wait for, and for how long. */
class WaitingTest {
    /** A virt-df that says that it has begun, and finds a mebibyte when it is let go. */
    private static final String ACTOR =
            """
            here=$(dirname "$0")
            echo begun >> "$here/begun"
            while [ ! -e "$here/go" ]; do sleep 0.05; done
            echo VirtualMachine,Filesystem,1K-blocks,Used,Available,Use%
            echo acted,/dev/sda,2000,1024,0,50.0
            """;

    private static final int FLOOR_MIB = 1000;

    private final Playground playground = new Playground();
    private final Path actor = playground.script("actor", ACTOR);
    private final DiskImage disk = image("disk");

    @AfterEach
    void end() {
        playground.close();
    }

    @Test
    void aReadingThatWaitsForMemoryGoesOnWhenThereIsSome() throws Exception {
        available(FLOOR_MIB - 1);
        go();
        try (Filesystems virtDf = open("concurrency = 1", ImageHeader::of)) {
            FutureTask<Measurement> reading = begin(virtDf, disk);
            TimeUnit.MILLISECONDS.sleep(500);
            assertEquals(0, begun());
            assertFalse(reading.isDone());
            available(FLOOR_MIB);
            assertInstanceOf(Measured.class, reading.get(20, TimeUnit.SECONDS));
        }
    }

    /** Otherwise each would see the memory that the other is about to take. */
    @Test
    void whereThereIsMemoryForOneReadingTheSecondWaitsForItsEnd() throws Exception {
        available(FLOOR_MIB + 1);
        try (Filesystems virtDf = open("concurrency = 2", ImageHeader::of)) {
            FutureTask<Measurement> one = begin(virtDf, disk);
            FutureTask<Measurement> other = begin(virtDf, image("other"));
            awaitBegun(1);
            TimeUnit.MILLISECONDS.sleep(500);
            assertEquals(1, begun());
            go();
            assertInstanceOf(Measured.class, one.get(20, TimeUnit.SECONDS));
            assertInstanceOf(Measured.class, other.get(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void theTrialWaitsForMemoryToo() throws Exception {
        available(0);
        go();
        try (Filesystems virtDf = open("time-limit = 1s", ImageHeader::of)) {
            assertEquals(Level.PROBLEM, virtDf.check().get(0).level());
            assertEquals(0, begun());
        }
    }

    /** As on a file server that is gone: the thread is lost, but its slot is free again. */
    @Test
    void anImageThatHangsWhoeverLooksAtItHoldsItsTurnNoLongerThanTheLimit() throws Exception {
        available(FLOOR_MIB);
        go();
        CountDownLatch server = new CountDownLatch(1);
        AtomicInteger looks = new AtomicInteger();
        DiskImage hanging = image("hanging");
        VirtualSizes.Look look = image -> {
            if (image.equals(hanging)) {
                looks.incrementAndGet();
                await(server);
            }
            return OptionalLong.of(2 << 20);
        };
        try (Filesystems virtDf = open("time-limit = 5s", look)) {
            for (int i = 0; i < 2; i++) {
                Measurement answer = begin(virtDf, disk, hanging).get(20, TimeUnit.SECONDS);
                assertEquals(
                        hanging.path() + " cannot be read: its storage does not answer",
                        assertInstanceOf(Unresponsive.class, answer).why());
                assertInstanceOf(Measured.class, begin(virtDf, disk).get(20, TimeUnit.SECONDS));
            }
            assertEquals(1, looks.get(), "threads that hang at one image");
            assertTrue(virtDf.obstacle(List.of(hanging)).orElseThrow().contains("does not answer"));
            server.countDown();
            assertInstanceOf(Measured.class, begin(virtDf, hanging).get(20, TimeUnit.SECONDS));
        }
    }

    private Filesystems open(String override, VirtualSizes.Look look) {
        return playground.open(
                new VirtDf.Surroundings(
                        new HostMemory(playground.directory.resolve("meminfo")), Path.of("/dev/null"), look),
                new RealTime(),
                actor,
                "memory-floor-mib = " + FLOOR_MIB,
                override);
    }

    private static FutureTask<Measurement> begin(Filesystems virtDf, DiskImage... disks) {
        FutureTask<Measurement> reading =
                new FutureTask<>(() -> virtDf.meter().measure(new VmId("vm"), new Incarnation(1), List.of(disks)));
        Thread thread = new Thread(reading, "reads");
        thread.setDaemon(true);
        thread.start();
        return reading;
    }

    private DiskImage image(String name) {
        return new DiskImage(
                playground.write(name, "\0".repeat(2 << 20), "rw-------").toString(), "raw");
    }

    private void available(int mebibytes) {
        playground.write("meminfo.new", "MemAvailable: " + mebibytes * 1024 + " kB\n", "rw-------");
        assertTrue(playground
                .directory
                .resolve("meminfo.new")
                .toFile()
                .renameTo(playground.directory.resolve("meminfo").toFile()));
    }

    private void go() {
        playground.write("go", "", "rw-------");
    }

    private int begun() throws IOException {
        Path file = playground.directory.resolve("begun");
        return Files.exists(file) ? Files.readAllLines(file).size() : 0;
    }

    private void awaitBegun(int number) throws Exception {
        for (int i = 0; begun() < number; i++) {
            assertTrue(i < 1000, "no reading began");
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
