package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever others do, a kubelet that keeps its connection gets every answer, by the agent and through the relay. {@link
 * KubeletAmongHostileCallersBenchmark} prints how long they take.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KubeletAmongHostileCallersTest {
    private static final int CALLS = 100;

    private final ServerAmongCallers server = new ServerAmongCallers();

    @AfterAll
    void close() {
        server.close();
    }

    @ParameterizedTest
    @EnumSource
    void theAgentAnswersItsEveryCall(Attack attack) {
        assertEquals(CALLS, server.ofAgent.runDuring(server.ofAgent(attack), CALLS).length);
    }

    @ParameterizedTest
    @EnumSource
    void theRelayAnswersItsEveryCall(Attack attack) {
        assertEquals(CALLS, server.ofRelay.runDuring(server.ofRelay(attack), CALLS).length);
    }
}
