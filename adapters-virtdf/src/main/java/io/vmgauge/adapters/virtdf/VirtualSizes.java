package io.vmgauge.adapters.virtdf;

import io.vmgauge.adapters.virtdf.run.ProcessTable;
import io.vmgauge.adapters.virtdf.run.ReadingFailed;
import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;

/**
 * How large disks are for their VMs. An image may lie on a server that is gone: a thread that reads it then hangs in
 * the kernel and cannot be stopped. So each image is read on a thread of its own, which is waited for only so long. An
 * image whose thread hangs gets no second one, so there are never more hanging threads than images.
 */
final class VirtualSizes {
    private static final long POLL_MILLIS = 10;

    private final Look look;
    private final Duration patience;
    private final Slots slots;
    private final TimeSource time;
    private final ThreadFactory threads;
    private final Map<DiskImage, FutureTask<OptionalLong>> underWay = new ConcurrentHashMap<>();

    /** How to read one image's size; may hang. */
    interface Look {
        OptionalLong at(DiskImage image) throws ReadingFailed;
    }

    /** @param patience how long one call may take */
    VirtualSizes(Look look, Duration patience, Slots slots, TimeSource time, ThreadFactory threads) {
        this.look = look;
        this.patience = patience;
        this.slots = slots;
        this.time = time;
        this.threads = threads;
    }

    /** The size of each image, as {@link ImageHeader} reads it; cannot be interrupted. */
    List<OptionalLong> of(List<DiskImage> images) throws ReadingFailed {
        Moment asked = time.now();
        List<OptionalLong> all = new ArrayList<>();
        for (DiskImage image : images) {
            FutureTask<OptionalLong> task = underWay.computeIfAbsent(image, this::begin);
            while (!task.isDone()) {
                if (slots.isClosed()) {
                    throw new ReadingFailed("the agent ends");
                }
                if (time.now().nanosSince(asked) > patience.toNanos()) {
                    throw new ReadingFailed(image.path() + " cannot be read: its storage does not answer");
                }
                ProcessTable.pause(POLL_MILLIS);
            }
            all.add(result(task));
        }
        return all;
    }

    private FutureTask<OptionalLong> begin(DiskImage image) {
        FutureTask<OptionalLong> task = new FutureTask<>(() -> look.at(image));
        threads.newThread(() -> {
                    task.run();
                    underWay.remove(image, task);
                })
                .start();
        return task;
    }

    private static OptionalLong result(FutureTask<OptionalLong> done) throws ReadingFailed {
        try {
            return done.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ReadingFailed failed) {
                throw new ReadingFailed(failed.reason());
            }
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nothing was waited for", e);
        }
    }
}
