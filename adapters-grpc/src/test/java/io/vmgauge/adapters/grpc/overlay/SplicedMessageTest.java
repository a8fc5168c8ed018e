package io.vmgauge.adapters.grpc.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.Drainable;
import io.vmgauge.adapters.grpc.LargeAnswer;
import io.vmgauge.adapters.grpc.Wire;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Answers with some new entries. */
class SplicedMessageTest {
    private static final byte[] ANSWER = Wire.message()
            .with(900, "future")
            .with(1, "one")
            .with(1, "")
            .with(7, 1)
            .with(1, "two")
            .bytes();

    private static SplicedMessage longer(String... which) throws IOException {
        return SplicedMessage.rewritten(
                ANSWER,
                entry -> List.of(which).contains(entry.toStringUtf8())
                        ? entry.concat(ByteString.copyFromUtf8("!".repeat(200)))
                        : entry);
    }

    @Test
    void onlyEntriesChangeAndAllElseStaysInItsPlace() throws IOException {
        String more = "!".repeat(200);
        assertArrayEquals(ANSWER, longer().stream().readAllBytes());
        byte[] expected = Wire.message()
                .with(900, "future")
                .with(1, "one" + more)
                .with(1, more)
                .with(7, 1)
                .with(1, "two" + more)
                .bytes();
        SplicedMessage all = longer("one", "", "two");
        assertEquals(expected.length, all.length());
        assertEquals(expected.length, all.stream().available());
        assertArrayEquals(expected, all.stream().readAllBytes());
    }

    @Test
    void itIsTheSameHoweverItIsRead() throws IOException {
        byte[] expected = longer("two").stream().readAllBytes();
        InputStream bytewise = longer("two").stream();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < 20; i++) {
            assertEquals(expected.length - i, bytewise.available());
            bytes.write(bytewise.read());
        }
        assertEquals(expected.length - 20, ((Drainable) bytewise).drainTo(bytes));
        assertEquals(-1, bytewise.read());
        assertArrayEquals(expected, bytes.toByteArray());
    }

    @Test
    void aLargeAnswerWithAVmFitsTheHeapOfTheAgent() throws Exception {
        String path = String.join(
                File.pathSeparator,
                Path.of("target", "test-classes").toAbsolutePath().toString(),
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path", ""));
        Process agent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        // As shipped, less what the agent needs otherwise.
                        "-XX:+UseSerialGC",
                        "-Xmn3m",
                        "-Xmx32m",
                        "-XX:MaxDirectMemorySize=64m",
                        "-cp",
                        path,
                        LargeAnswer.class.getName())
                .redirectErrorStream(true)
                .start();
        String said = new String(agent.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, agent.waitFor(), said);
        // It also logs what is bound.
        String last = said.strip().substring(said.strip().lastIndexOf('\n') + 1);
        String[] lengths = last.split(" ", -1);
        assertEquals(2, lengths.length, said);
        assertTrue(Long.parseLong(lengths[0]) > 15 << 20, said);
        assertTrue(Long.parseLong(lengths[1]) > Long.parseLong(lengths[0]), said);
    }
}
