package io.vmgauge.adapters.grpc.service;

import com.google.common.collect.MapMaker;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import io.grpc.MethodDescriptor;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.adapters.grpc.mapping.SandboxTotals;
import io.vmgauge.adapters.grpc.mapping.UsageMapping;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.usage.ContainerUsage;
import io.vmgauge.domain.usage.SandboxUsage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.ConcurrentMap;

/**
 * Lists of stats as bytes. Most bytes of stats are labels, which never change, but protobuf would encode them anew for
 * each answer. So they are encoded once and kept. In protobuf, the encodings of two messages one after the other are
 * the encoding of both merged: the kept attributes and the new numbers make the stats.
 */
public final class StatsEncoding {
    private static final byte[] NOTHING = {};

    /** By identity. An entry goes with its VM, since nobody else holds the placement. */
    private final ConcurrentMap<Placement, byte[]> containerAttributes =
            new MapMaker().weakKeys().makeMap();

    private final ConcurrentMap<PodSandbox, byte[]> sandboxAttributes =
            new MapMaker().weakKeys().makeMap();

    private final SandboxTotals totals;

    /** @param totals knows what pods use as a whole */
    StatsEncoding(SandboxTotals totals) {
        this.totals = totals;
    }

    /** The method with the answer as it goes over the wire. */
    public static <Q> MethodDescriptor<Q, byte[]> answeringBytes(MethodDescriptor<Q, ?> method) {
        return method.toBuilder(method.getRequestMarshaller(), new BytesMarshaller())
                .build();
    }

    /** The encoding of a list, or of a part of one. The entries are field 1 in all of CRI's answers that are lists. */
    static byte[] list(List<byte[]> entries) {
        return join(
                NOTHING,
                ListContainerStatsResponse.getDefaultInstance(),
                ListContainerStatsResponse.STATS_FIELD_NUMBER,
                entries);
    }

    /** A ContainerStats. */
    byte[] container(ContainerUsage usage) {
        byte[] attributes =
                containerAttributes.computeIfAbsent(usage.placement(), placement -> ContainerStats.newBuilder()
                        .setAttributes(UsageMapping.attributes(placement))
                        .build()
                        .toByteArray());
        return join(attributes, UsageMapping.numbers(usage.usage()), 0, List.of());
    }

    /** A PodSandboxStats. */
    byte[] sandbox(SandboxUsage usage) {
        byte[] attributes = sandboxAttributes.computeIfAbsent(usage.sandbox(), sandbox -> PodSandboxStats.newBuilder()
                .setAttributes(UsageMapping.attributes(sandbox))
                .build()
                .toByteArray());
        byte[] linux = join(
                NOTHING,
                UsageMapping.total(totals.of(usage)),
                LinuxPodSandboxStats.CONTAINERS_FIELD_NUMBER,
                usage.containers().stream().map(this::container).toList());
        return join(
                attributes, PodSandboxStats.getDefaultInstance(), PodSandboxStats.LINUX_FIELD_NUMBER, List.of(linux));
    }

    /** Joins encoded fields, the fields of a message, and encoded messages that all belong in one field. */
    private static byte[] join(byte[] encoded, MessageLite message, int field, List<byte[]> inside) {
        int size = encoded.length + message.getSerializedSize();
        for (byte[] each : inside) {
            size += CodedOutputStream.computeByteArraySize(field, each);
        }
        byte[] joined = new byte[size];
        CodedOutputStream out = CodedOutputStream.newInstance(joined);
        try {
            out.writeRawBytes(encoded);
            message.writeTo(out);
            for (byte[] each : inside) {
                out.writeByteArray(field, each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("an array was full", e);
        }
        out.checkNoSpaceLeft();
        return joined;
    }
}
