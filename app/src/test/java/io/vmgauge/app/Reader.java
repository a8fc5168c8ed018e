package io.vmgauge.app;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import io.vmgauge.ports.spi.EndpointException;
import io.vmgauge.ports.spi.StatsClient;
import io.vmgauge.ports.spi.StatsReport;
import io.vmgauge.ports.spi.StatsRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Reads an agent again and again over one connection, as a kubelet does, and watches that nothing ever falls. */
final class Reader implements AutoCloseable {
    private static final int LONGEST_SECONDS = 60;
    private static final byte[] VERBOSE = {8, 1};

    private final Path socket;
    private final StatsClient client;
    private final Map<String, Seen> last = new HashMap<>();
    private final List<Long> tookNanos = new ArrayList<>();

    Reader(String socket) {
        this.socket = Path.of(socket);
        this.client = Providers.endpoint("cri").connect(this.socket);
    }

    /** What one container showed once; a time is in nanoseconds since 1970. */
    record Seen(
            OptionalLong cpuTime,
            OptionalLong cpuNanos,
            OptionalLong nanoCores,
            OptionalLong memoryTime,
            OptionalLong workingSet,
            OptionalLong diskTime,
            OptionalLong diskUsed,
            OptionalLong received,
            OptionalLong sent) {
        /** Whether no time and no counter is smaller, or absent, that was there before. */
        boolean continues(Seen before) {
            return follows(before.cpuTime, cpuTime)
                    && follows(before.cpuNanos, cpuNanos)
                    && follows(before.memoryTime, memoryTime)
                    && follows(before.diskTime, diskTime)
                    && follows(before.received, received)
                    && follows(before.sent, sent)
                    // A reset that was made up would show as a rate that is unknown again.
                    && (before.nanoCores.isEmpty() || nanoCores.isPresent());
        }

        /** What only QEMU itself can answer, and when it did. */
        List<OptionalLong> ofQemu() {
            return List.of(diskTime, diskUsed);
        }

        private static boolean follows(OptionalLong before, OptionalLong now) {
            return before.isEmpty() || (now.isPresent() && now.getAsLong() >= before.getAsLong());
        }
    }

    /** By pod name. */
    Map<String, Seen> look() {
        StatsReport report = read();
        Map<String, StatsRow> rows = new HashMap<>();
        report.rows().forEach(row -> rows.put(row.pod(), row));
        Map<String, Seen> all = new TreeMap<>();
        Config answer = ConfigFactory.parseString(
                report.json(), ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
        if (answer.hasPath("stats")) {
            for (Config stats : answer.getConfigList("stats")) {
                String pod = stats.getString("attributes.labels.\"io.kubernetes.pod.name\"");
                all.put(pod, seen(stats, rows.get(pod)));
            }
        }
        return all;
    }

    /** Looks so often, one soon after the other, only for how long that takes. */
    void glance(int times) throws InterruptedException {
        for (int i = 0; i < times; i++) {
            read();
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    /** On a busy host a Java that has just begun may need far longer than our client waits. */
    private StatsReport read() {
        long begun = System.nanoTime();
        long end = begun + TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
        while (true) {
            try {
                StatsReport report = client.read();
                tookNanos.add(System.nanoTime() - begun);
                return report;
            } catch (EndpointException e) {
                boolean slow = String.valueOf(e.getMessage()).contains("did not answer within");
                if (!slow || System.nanoTime() > end) {
                    throw e;
                }
            }
        }
    }

    /** Looks, and fails if a VM is gone that was there at the last such look, or shows less than then. */
    Map<String, Seen> lookOn() {
        Map<String, Seen> now = look();
        last.forEach((pod, before) -> {
            Seen after = now.get(pod);
            if (after == null || !after.continues(before)) {
                throw new AssertionError(pod + " showed " + before + " and then " + after);
            }
        });
        last.clear();
        last.putAll(now);
        return now;
    }

    /** The longest that an answer has taken since the last call. */
    long slowestMillis() {
        return Math.round(took().slowestMillis());
    }

    /** How long the answers have taken since the last call. */
    Took took() {
        List<Long> sorted = tookNanos.stream().sorted().toList();
        tookNanos.clear();
        return new Took(sorted.size(), sorted.get(sorted.size() * 99 / 100) / 1e6, sorted.get(sorted.size() - 1) / 1e6);
    }

    /** @param p99Millis what 99 of 100 of them took at most */
    record Took(int answers, double p99Millis, double slowestMillis) {}

    /** What {@code crictl info} prints. */
    String status() {
        return answer("/runtime.v1.RuntimeService/Status", VERBOSE);
    }

    /** Whether a service is healthy; an unknown one is not. */
    boolean isHealthy(String service) {
        byte[] name = service.getBytes(StandardCharsets.UTF_8);
        byte[] request = new byte[name.length + 2];
        request[0] = 10;
        request[1] = (byte) name.length;
        System.arraycopy(name, 0, request, 2, name.length);
        return answer("/grpc.health.v1.Health/Check", request).endsWith("\b\u0001");
    }

    private String answer(String method, byte[] request) {
        try {
            return new String(RawCall.answer(socket, method, request), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(method, e);
        }
    }

    @Override
    public void close() {
        client.close();
    }

    private static Seen seen(Config stats, @Nullable StatsRow row) {
        return new Seen(
                number(stats, "cpu.timestamp"),
                number(stats, "cpu.usageCoreNanoSeconds.value"),
                number(stats, "cpu.usageNanoCores.value"),
                number(stats, "memory.timestamp"),
                number(stats, "memory.workingSetBytes.value"),
                number(stats, "writableLayer.timestamp"),
                number(stats, "writableLayer.usedBytes.value"),
                row == null ? OptionalLong.empty() : row.receivedBytes(),
                row == null ? OptionalLong.empty() : row.sentBytes());
    }

    private static OptionalLong number(Config stats, String path) {
        return stats.hasPath(path) ? OptionalLong.of(stats.getLong(path)) : OptionalLong.empty();
    }
}
