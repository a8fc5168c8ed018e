package io.vmgauge.engine.sampling;

import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.ports.outbound.Measurement.Measured;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which metrics of which VMs the kernel told of when it was last asked. The hypervisor is asked for the rest only, and
 * a sample of it never comes beside one of the kernel's. Thread-safe.
 */
final class KernelCoverage {
    private final Map<Metric, Map<VmId, Incarnation>> told = new EnumMap<>(Metric.class);

    /** What the kernel told when it was asked for these metrics. */
    synchronized void told(Set<Metric> asked, List<Measured> all) {
        asked.forEach(metric -> told.put(metric, new HashMap<>()));
        for (Measured one : all) {
            for (Sample<?> sample : one.samples()) {
                told.computeIfAbsent(sample.metric(), metric -> new HashMap<>()).put(one.vm(), one.incarnation());
            }
        }
    }

    /** Those of the metrics that the kernel does not tell of each of these VMs. */
    synchronized Set<Metric> missing(Collection<Vm> vms, Set<Metric> metrics) {
        Set<Metric> missing = EnumSet.noneOf(Metric.class);
        for (Metric metric : metrics) {
            if (vms.stream().anyMatch(vm -> !covers(vm.id(), vm.incarnation(), metric))) {
                missing.add(metric);
            }
        }
        return missing;
    }

    /** By VM, those of the metrics that the kernel does not tell of it; without VMs of which it tells all. */
    synchronized Map<VmId, Set<Metric>> rest(Collection<Vm> vms, Set<Metric> metrics) {
        Map<VmId, Set<Metric>> rest = new LinkedHashMap<>();
        for (Vm vm : vms) {
            Set<Metric> missing = missing(List.of(vm), metrics);
            if (!missing.isEmpty()) {
                rest.put(vm.id(), missing);
            }
        }
        return rest;
    }

    /** Without the samples of metrics that the kernel tells of this VM. */
    synchronized Measured without(Measured measured) {
        List<Sample<?>> rest = measured.samples().stream()
                .<Sample<?>>map(sample -> sample)
                .filter(sample -> !covers(measured.vm(), measured.incarnation(), sample.metric()))
                .toList();
        return new Measured(measured.vm(), measured.incarnation(), rest);
    }

    private boolean covers(VmId vm, Incarnation incarnation, Metric metric) {
        return incarnation.equals(told.getOrDefault(metric, Map.of()).get(vm));
    }
}
