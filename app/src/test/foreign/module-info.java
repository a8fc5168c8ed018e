/** All that an adapter of somebody else has to be: a provider, and the ports that it knows. */
module com.example.foreign {
    requires io.vmgauge.ports;

    provides io.vmgauge.ports.spi.HypervisorProvider with
            com.example.foreign.ForeignProvider;
}
