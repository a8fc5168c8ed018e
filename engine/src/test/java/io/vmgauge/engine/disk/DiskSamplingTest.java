package io.vmgauge.engine.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.engine.AgentScenario;
import io.vmgauge.engine.sampling.Sampling;
import io.vmgauge.engine.schedule.DeadlineExecutor;
import io.vmgauge.engine.schedule.SamplingScheduler;
import io.vmgauge.engine.schedule.Threads;
import io.vmgauge.ports.outbound.FilesystemMeter;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Filesystems;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.testkit.FakeFilesystems;
import io.vmgauge.ports.testkit.FakeHypervisor;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** A trial of the disk source that fails as nobody foresaw, as for want of memory. */
class DiskSamplingTest {
    private final TimeSource time = () -> new Moment(Instant.now(), System.nanoTime());
    private final FakeHypervisor hypervisor = new FakeHypervisor(time);
    private final FakeFilesystems fake = new FakeFilesystems(time);
    private final AtomicInteger trials = new AtomicInteger();
    private final AtomicInteger errors = new AtomicInteger();

    @Test
    void isSaidOnceAndDoneAgainUntilItSucceeds() throws Exception {
        VmId vm = hypervisor.add("web");
        fake.put(new DiskImage("/images/web", "qcow2"), 1);
        Sampling sampling = new Sampling(
                hypervisor.catalog(), hypervisor.meter(), time, AgentScenario.rules(3), Duration.ofMinutes(1));
        sampling.round(Set.of());
        DiskSource source = new DiskSource("auto", false, Map.of("fake", new FailingAtFirst()));
        DiskSampling under =
                new DiskSampling(source, Duration.ofMillis(50), Duration.ofMinutes(30), sampling, scheduler(), time);
        Logger logger = Logger.getLogger(DiskSampling.class.getName());
        Handler ear = ear();
        logger.addHandler(ear);
        try {
            under.start();
            for (int i = 0; i < 400 && !fake.asked().contains(vm); i++) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
            assertTrue(fake.asked().contains(vm), "no disk is read after " + trials + " trials");
            assertEquals(4, trials.get());
            assertEquals(1, errors.get());
        } finally {
            logger.removeHandler(ear);
            under.close();
            hypervisor.close();
        }
    }

    private SamplingScheduler scheduler() {
        return new SamplingScheduler(
                Map.of(),
                Duration.ofSeconds(1),
                new SamplingScheduler.Work(
                        Set.of(),
                        metrics -> {},
                        metrics -> true,
                        metrics -> Map.of(),
                        (vm, metrics) -> {},
                        () -> false),
                time,
                new SamplingScheduler.Executors(executor("quick"), executor("catalog"), executor("monitor")),
                new Threads("test"));
    }

    private <K> DeadlineExecutor<K> executor(String name) {
        return new DeadlineExecutor<>(
                name,
                1,
                Duration.ofSeconds(1),
                1,
                time,
                new Threads("test"),
                DeadlineExecutor.OverdueListener.ignored());
    }

    private Handler ear() {
        return new Handler() {
            @Override
            public void publish(LogRecord line) {
                if (line.getThrown() != null) {
                    errors.incrementAndGet();
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
    }

    private final class FailingAtFirst implements Filesystems {
        @Override
        public List<Finding> check() {
            return switch (trials.incrementAndGet()) {
                case 1 -> throw new IllegalStateException("planted");
                case 2, 3 -> throw new OutOfMemoryError("planted");
                default -> fake.check();
            };
        }

        @Override
        public FilesystemMeter meter() {
            return fake.meter();
        }

        @Override
        public int concurrency() {
            return fake.concurrency();
        }

        @Override
        public Duration longest() {
            return fake.longest();
        }

        @Override
        public Optional<String> obstacle(List<DiskImage> disks) {
            return fake.obstacle(disks);
        }

        @Override
        public void close() {
            fake.close();
        }
    }
}
