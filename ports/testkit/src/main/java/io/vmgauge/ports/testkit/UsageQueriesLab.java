package io.vmgauge.ports.testkit;

import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.ports.inbound.UsageQueries;

/**
 * An agent to try {@link UsageQueries} on. Each test of {@link UsageQueriesContract} opens a new lab, without a VM, and
 * closes it. Two labs that are treated in the same way give the same answers.
 */
public interface UsageQueriesLab extends AutoCloseable {
    /** The service under test, the same at every call. */
    UsageQueries queries();

    /**
     * Makes and starts a VM, after all others. It is known from the next {@link #round} on.
     *
     * @param unknown the metrics that nobody can measure of it
     */
    void add(Placement placement, Metric... unknown);

    /** Ends the VM of a container. Its definition stays. That is known from the next {@link #round} on. */
    void stop(String containerId);

    /** Some time passes, in which every running VM uses more of its processor. Then one round measures everything. */
    void round();

    /** From now on the hypervisor answers nothing, and a round waits for it. */
    void hang();

    /** From now on the hypervisor answers every round with this error, until the lab is closed. */
    void fail(String why);

    /** How often a round was asked for. */
    int wakes();

    /** Lets go of all that hangs. */
    @Override
    void close();
}
