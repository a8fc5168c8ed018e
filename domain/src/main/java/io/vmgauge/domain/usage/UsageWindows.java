package io.vmgauge.domain.usage;

import io.vmgauge.domain.sample.BlockIoSample;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.DiskSample;
import io.vmgauge.domain.sample.GuestMemorySample;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.NetworkSample;
import io.vmgauge.domain.sample.Sample;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The windows of one VM's metrics through one of its lives; another incarnation begins with new ones. Immutable. */
public record UsageWindows(
        SampleWindow<CpuSample> cpu,
        SampleWindow<MemorySample> memory,
        SampleWindow<GuestMemorySample> guestMemory,
        SampleWindow<NetworkSample> network,
        SampleWindow<DiskSample> disk,
        SampleWindow<BlockIoSample> blockIo) {

    public static UsageWindows empty(UsageRules rules) {
        return new UsageWindows(
                SampleWindow.of(rules.rule(Metric.CPU).samples()),
                SampleWindow.of(rules.rule(Metric.MEMORY).samples()),
                SampleWindow.of(rules.rule(Metric.GUEST_MEMORY).samples()),
                SampleWindow.of(rules.rule(Metric.NETWORK).samples()),
                SampleWindow.of(rules.rule(Metric.DISK).samples()),
                SampleWindow.of(rules.rule(Metric.BLOCK_IO).samples()));
    }

    /**
     * Whether one of these shows that another life has begun, as where the hypervisor cannot tell: its CPU counter is
     * below that of an earlier sample. Other counters fall within a life too, when a device is replaced.
     */
    public boolean isEndedBy(List<Sample<?>> samples) {
        return samples.stream()
                .anyMatch(sample -> sample instanceof CpuSample next
                        && cpu.newest()
                                .filter(newest -> next.takenAt().isAfter(newest.takenAt())
                                        && next.usageNanos() < newest.usageNanos())
                                .isPresent());
    }

    /** These windows with one more sample in the one it belongs to. */
    public UsageWindows plus(Sample<?> sample) {
        if (sample instanceof CpuSample next) {
            return new UsageWindows(cpu.plus(next), memory, guestMemory, network, disk, blockIo);
        }
        if (sample instanceof MemorySample next) {
            return new UsageWindows(cpu, memory.plus(next), guestMemory, network, disk, blockIo);
        }
        if (sample instanceof GuestMemorySample next) {
            return new UsageWindows(cpu, memory, guestMemory.plus(next), network, disk, blockIo);
        }
        if (sample instanceof NetworkSample next) {
            return new UsageWindows(cpu, memory, guestMemory, network.plus(next), disk, blockIo);
        }
        if (sample instanceof DiskSample next) {
            return new UsageWindows(cpu, memory, guestMemory, network, disk.plus(next), blockIo);
        }
        if (sample instanceof BlockIoSample next) {
            return new UsageWindows(cpu, memory, guestMemory, network, disk, blockIo.plus(next));
        }
        throw new IllegalArgumentException("no window for " + sample.getClass());
    }

    /**
     * What the windows of these metrics say, as far as it is not too old. Who asks for MEMORY gets GUEST_MEMORY too.
     */
    public Usage usage(Set<Metric> asked, UsageRules rules, Moment now) {
        return new Usage(
                answer(cpu, Metric.CPU, asked, rules, now).map(CpuUsage::of),
                answer(memory, Metric.MEMORY, asked, rules, now)
                        .map(a -> MemoryUsage.of(a, guest(rules, now), rules.workingSet())),
                answer(network, Metric.NETWORK, asked, rules, now).map(NetworkUsage::of),
                answer(disk, Metric.DISK, asked, rules, now).map(DiskUsage::of),
                answer(blockIo, Metric.BLOCK_IO, asked, rules, now).map(BlockIoUsage::of));
    }

    /**
     * What goes with the answer of the host's memory. Where that one is given again, this one is too: the timestamp is
     * the host's, and no value may change without it.
     */
    private Optional<GuestMemorySample> guest(UsageRules rules, Moment now) {
        Optional<Answer<GuestMemorySample>> answer = memory.size() > 0 ? guestMemory.answer() : guestMemory.lastGiven();
        return fresh(answer, Metric.GUEST_MEMORY, rules, now).map(Answer::mean);
    }

    /** These windows after {@link #usage} was given to a reader. */
    public UsageWindows taken(Set<Metric> asked) {
        return new UsageWindows(
                asked.contains(Metric.CPU) ? cpu.taken() : cpu,
                asked.contains(Metric.MEMORY) ? memory.taken() : memory,
                asked.contains(Metric.MEMORY) && memory.size() > 0 ? guestMemory.taken() : guestMemory,
                asked.contains(Metric.NETWORK) ? network.taken() : network,
                asked.contains(Metric.DISK) ? disk.taken() : disk,
                asked.contains(Metric.BLOCK_IO) ? blockIo.taken() : blockIo);
    }

    private static <S extends Sample<S>> Optional<Answer<S>> answer(
            SampleWindow<S> window, Metric metric, Set<Metric> asked, UsageRules rules, Moment now) {
        return asked.contains(metric) ? fresh(window.answer(), metric, rules, now) : Optional.empty();
    }

    private static <S extends Sample<S>> Optional<Answer<S>> fresh(
            Optional<Answer<S>> answer, Metric metric, UsageRules rules, Moment now) {
        long oldest = rules.rule(metric).maxAge().toNanos();
        return answer.filter(a -> now.nanosSince(a.newest().takenAt()) <= oldest);
    }
}
