package io.vmgauge.adapters.grpc;

import org.junit.jupiter.api.AfterEach;

/** A relay between a runtime that does what a test wants and a client. */
abstract class RelayFixture {
    static final String ECHO = "from.the.Future/Echo";
    final RelayScenario relay = new RelayScenario();

    @AfterEach
    void close() {
        relay.close();
    }
}
