package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** When a real VM began, as the shipped agent tells it over CRI: a restart of the agent is no restart of the VM. */
class StartTimesIT {
    private static final int STATUS = 1;
    private static final int CREATED_AT = 4;
    private static final int STARTED_AT = 5;
    /** What gRPC writes before a message. */
    private static final int PREFIX = 5;

    private static final DateTimeFormatter LSTART =
            DateTimeFormatter.ofPattern("EEE MMM d HH:mm:ss yyyy", Locale.ENGLISH);

    @Test
    void aVmBeganWhenItsProcessDidWhateverBecomesOfTheAgent() throws Exception {
        try (QemuHost host = QemuHost.start()) {
            host.add("a");
            long first = started(host);
            assertTrue(Math.abs(first / 1e9 - ps(host.qemu("a"))) <= 2, first + " is not what ps says");
            assertEquals(first, started(host));

            // The kernel may compute another second for the boot. The file says what was told.
            Path file = host.dir().resolve("s.libvirt");
            String kept = Files.readString(file);
            assertTrue(kept.contains(Long.toString(first)), kept);
            Files.writeString(file, kept.replace(Long.toString(first), Long.toString(first + 1)));
            assertEquals(first + 1, started(host));

            host.virsh("destroy " + host.domain("a") + "; start " + host.domain("a"));
            long second = started(host);
            assertTrue(Math.abs(second / 1e9 - ps(host.qemu("a"))) <= 2, second + " is not what ps says");
            assertTrue(second > first, second + " is not after " + first);
        }
    }

    /** As a new agent tells it, which then ends. */
    private static long started(QemuHost host) throws Exception {
        try (RunningAgent agent = RunningAgent.on(host.dir(), host.uri())) {
            agent.until("the VM", () -> agent.stats().containsKey("a"));
            String id = agent.stats().values().iterator().next().getString("attributes.id");
            byte[] answer =
                    RawCall.answer(Path.of(agent.socket()), "/runtime.v1.RuntimeService/ContainerStatus", request(id));
            ByteBuffer status = message(ByteBuffer.wrap(answer).position(PREFIX), STATUS);
            long started = number(status.duplicate(), STARTED_AT);
            assertEquals(started, number(status, CREATED_AT));
            assertEquals(0, agent.end());
            return started;
        }
    }

    /** In seconds since 1970. */
    private static long ps(long pid) throws IOException, InterruptedException {
        ProcessBuilder ps = new ProcessBuilder(List.of("ps", "-o", "lstart=", "-p", Long.toString(pid)));
        ps.environment().putAll(Map.of("LC_ALL", "C", "TZ", "UTC"));
        Process running = ps.start();
        String date = new String(running.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertEquals(0, running.waitFor(), date);
        return LocalDateTime.parse(date.strip().replaceAll(" +", " "), LSTART).toEpochSecond(ZoneOffset.UTC);
    }

    private static byte[] request(String id) {
        byte[] word = id.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(word.length + 2)
                .put((byte) 10)
                .put((byte) word.length)
                .put(word)
                .array();
    }

    /** A field that is a message, by the rules of protobuf's encoding. */
    private static ByteBuffer message(ByteBuffer in, int field) {
        while (varint(in) != (field << 3 | 2)) {
            in.position(in.position() + (int) varint(in));
        }
        int length = (int) varint(in);
        return in.slice(in.position(), length);
    }

    /** A field that is a number. Fields before it may be numbers and messages. */
    private static long number(ByteBuffer in, int field) {
        long key = varint(in);
        while (key != (long) field << 3) {
            long value = varint(in);
            in.position(in.position() + ((key & 7) == 2 ? (int) value : 0));
            key = varint(in);
        }
        return varint(in);
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        byte next;
        int shift = 0;
        do {
            next = in.get();
            value |= (long) (next & 0x7f) << shift;
            shift += 7;
        } while (next < 0);
        return value;
    }
}
