package io.vmgauge.ports.testkit;

import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.DiskSample;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.FilesystemMeter;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.outbound.Measurement.Unresponsive;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Filesystems;
import io.vmgauge.ports.spi.Finding;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Disk images in memory, for tests of code above the ports. Tests say what each image uses, let readings hang or wait, and
 * see which VMs were read. It keeps the contract. Any thread may do all of this at any time.
 *
 * <p>Long because it has a method for each thing that a test can do or see.
 */
public final class FakeFilesystems implements Filesystems {
    private static final Duration LONGEST = Duration.ofMillis(500);

    private final TimeSource time;
    private final Map<DiskImage, Long> used = new LinkedHashMap<>();
    private final List<VmId> asked = new ArrayList<>();
    private @Nullable String trouble;
    private boolean held;
    private boolean hanging;
    private int underWay;
    private boolean closed;

    /** @param time stamps the samples */
    public FakeFilesystems(TimeSource time) {
        this.time = time;
    }

    @Override
    public FilesystemMeter meter() {
        return this::measure;
    }

    @Override
    public int concurrency() {
        return 1;
    }

    @Override
    public Duration longest() {
        return LONGEST;
    }

    @Override
    public synchronized List<Finding> check() {
        String why = hanging ? "readings hang" : trouble;
        return List.of(
                why == null
                        ? new Finding(Finding.Level.GOOD, "fake filesystems", "can be read", "")
                        : new Finding(Finding.Level.PROBLEM, "fake filesystems", why, "mend the test"));
    }

    @Override
    public synchronized Optional<String> obstacle(List<DiskImage> disks) {
        return disks.stream()
                .filter(disk -> !used.containsKey(disk))
                .findFirst()
                .map(disk -> "no such image: " + disk.path());
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }

    /** What the filesystems on this image use from now on. */
    public synchronized void put(DiskImage image, long usedBytes) {
        used.put(image, usedBytes);
    }

    /** The image's file is gone. */
    public synchronized void remove(DiskImage image) {
        used.remove(image);
    }

    /** Every reading fails with this reason until {@link #recover}. */
    public synchronized void breakDown(String why) {
        trouble = why;
    }

    /** The end of {@link #breakDown}. */
    public synchronized void recover() {
        trouble = null;
    }

    /** Readings wait, without any limit, until {@link #letGo}. */
    public synchronized void hold() {
        held = true;
    }

    /** The end of {@link #hold}. */
    public synchronized void letGo() {
        held = false;
        notifyAll();
    }

    /** Every reading takes until its limit, and fails. */
    public synchronized void hang() {
        hanging = true;
    }

    /** How many readings are under way. */
    public synchronized int underWay() {
        return underWay;
    }

    /** The VMs that were asked for, in the order of the questions. */
    public synchronized List<VmId> asked() {
        return List.copyOf(asked);
    }

    /** Whether {@link #close} was called. */
    public synchronized boolean isClosed() {
        return closed;
    }

    private synchronized Measurement measure(VmId vm, Incarnation incarnation, List<DiskImage> disks) {
        asked.add(vm);
        Waiting.onWhile(this, 1, () -> !closed && underWay == 1);
        underWay++;
        Moment begun = time.now();
        int[] millis = {(int) LONGEST.toMillis()};
        // About a millisecond for each look.
        Waiting.onWhile(this, 1, () -> !closed && (held || (hanging && millis[0]-- > 0)));
        underWay--;
        notifyAll();
        return answer(vm, incarnation, disks, begun);
    }

    private Measurement answer(VmId vm, Incarnation incarnation, List<DiskImage> disks, Moment begun) {
        String why = closed ? "the reading was ended" : hanging ? "the reading took too long" : trouble;
        if (why != null) {
            return new Unresponsive(vm, why);
        }
        if (disks.isEmpty()) {
            return new Measured(vm, incarnation, List.of());
        }
        long sum = 0;
        for (DiskImage disk : disks) {
            Long bytes = used.get(disk);
            if (bytes == null) {
                return new Unresponsive(vm, "no such image");
            }
            sum += bytes;
        }
        return sum == 0
                ? new Unresponsive(vm, "no filesystem to read")
                : new Measured(vm, incarnation, List.of(new DiskSample(begun, sum)));
    }
}
