package io.vmgauge.adapters.grpc;

import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * How long a connected kubelet waits for its answers while others misbehave, beside how long it waited just before. It
 * prints and asserts nothing: a busy machine is slow in both. Each misdeed runs once before, since new code is not
 * compiled yet. Target: at most 50 ms more at the 99th percentile.
 */
@Tag("benchmark")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KubeletAmongHostileCallersBenchmark {
    private static final int WARM_UP = 20;
    private static final int CALLS = 100;
    private static final int ROUNDS = 5;

    private final ServerAmongCallers server = new ServerAmongCallers();

    @AfterAll
    void close() {
        server.close();
    }

    @ParameterizedTest
    @EnumSource
    void ofTheAgent(Attack attack) throws Exception {
        measure(attack + " of the agent", server.ofAgent, server.ofAgent(attack));
    }

    @ParameterizedTest
    @EnumSource
    void ofTheRelay(Attack attack) throws Exception {
        measure(attack + " of the relay", server.ofRelay, server.ofRelay(attack));
    }

    private static void measure(String what, Kubelet kubelet, Kubelet.Misdeed misdeed) throws Exception {
        misdeed.run();
        kubelet.run(WARM_UP);
        for (int round = 0; round < ROUNDS; round++) {
            long quiet = Kubelet.percentile(kubelet.run(CALLS), 99);
            long attacked = Kubelet.percentile(kubelet.runDuring(misdeed, CALLS), 99);
            System.out.printf(
                    Locale.ROOT,
                    "a kubelet among %s: p99 %d us, before %d us, %d us more (target: at most 50000)%n",
                    what,
                    attacked,
                    quiet,
                    attacked - quiet);
        }
    }
}
