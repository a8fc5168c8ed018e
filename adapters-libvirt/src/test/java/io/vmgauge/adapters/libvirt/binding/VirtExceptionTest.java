package io.vmgauge.adapters.libvirt.binding;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VirtExceptionTest {
    @ParameterizedTest
    @CsvSource({
        "6,  20, true,  invalid connection pointer",
        "1,  7,  true,  client socket is closed",
        "38, 7,  true,  Cannot write data: Broken pipe",
        "39, 7,  false, Unable to encode message payload",
        "1,  10, false, qemu unexpectedly closed the monitor",
        "68, 10, false, cannot acquire state change lock",
        "42, 10, false, Domain not found"
    })
    void onlyWhatEndsAConnectionCountsAsItsLoss(int code, int from, boolean lost, String message) {
        assertEquals(lost, new VirtException(code, from, message).isConnectionLost(), message);
    }
}
