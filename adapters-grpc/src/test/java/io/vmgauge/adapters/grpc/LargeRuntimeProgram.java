package io.vmgauge.adapters.grpc;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A runtime as a program, since its buffers need more memory than a test has. Its argument is its socket. It answers
 * one method with 16 MiB and another with the request, and ends when its input ends.
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
