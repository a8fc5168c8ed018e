package io.vmgauge.adapters.grpc;

import io.vmgauge.domain.identity.VmState;
import io.vmgauge.ports.spi.Endpoint;
import io.vmgauge.ports.testkit.ReferenceSettings;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;

/**
 * The server as a program, before a fake agent. Its arguments are its socket, the number of VMs, and settings as
 * KEY=VALUE. It prints a line when it serves, and ends when its input ends.
 */
final class ServerProgram {
    private ServerProgram() {}

    /** The id of the container that is the VM with that number. */
    static String container(int vm) {
        return String.format(Locale.ROOT, "%064x", vm + 0xabcdef0000L);
    }

    public static void main(String[] arguments) throws IOException {
        ReferenceSettings settings = CriSection.at(arguments[0]);
        for (int i = 2; i < arguments.length; i++) {
            String[] setting = arguments[i].split("=", 2);
            settings = settings.with(setting[0], setting[1]);
        }
        FakeQueries queries = new FakeQueries();
        for (int vm = 0; vm < Integer.parseInt(arguments[1]); vm++) {
            queries.add(
                    FakeQueries.placement("pod-" + vm, "web-" + vm, container(vm), Map.of()),
                    VmState.RUNNING,
                    FakeQueries.FULL);
        }
        try (Endpoint endpoint = new CriProvider().serve(queries, settings)) {
            System.out.println("serves on " + endpoint.address());
            while (System.in.read() >= 0) {
                // Nothing is asked.
            }
        }
        System.exit(0);
    }
}
