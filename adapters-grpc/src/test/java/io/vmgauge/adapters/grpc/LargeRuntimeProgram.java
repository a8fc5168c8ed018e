package io.vmgauge.adapters.grpc;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A runtime as a program, since it needs more memory for its buffers than a test has: told its socket, it answers one method
 * with 16 MiB and another with what it was asked, and ends with its input.
 */
final class LargeRuntimeProgram {
    static final String LARGE = "from.the.Future/Large";
    static final String ECHO = "from.the.Future/Echo";
    static final int BYTES = 16 << 20;

    private LargeRuntimeProgram() {}

    public static void main(String[] arguments) throws IOException {
        byte[] large = new byte[BYTES];
        try (FakeRuntime runtime = new FakeRuntime(Path.of(arguments[0]))) {
            runtime.answer(LARGE, request -> large);
            runtime.answer(ECHO, request -> request);
            runtime.start();
            while (System.in.read() >= 0) {
                // Nothing is asked.
            }
        }
        System.exit(0);
    }
}
