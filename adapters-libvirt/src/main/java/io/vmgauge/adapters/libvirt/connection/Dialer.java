package io.vmgauge.adapters.libvirt.connection;

import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.outbound.HypervisorException;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Host;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.libvirt.LibvirtException;

/**
 * Opens connections, one at a time. The pause between two attempts grows while they fail, and callers learn at once
 * meanwhile that libvirt is down. libvirt has no time limit for an attempt, and a frozen daemon holds it for ever. So
 * each attempt has a thread of its own, callers wait for it for a few seconds, and there is no second attempt while one
 * hangs.
 */
public final class Dialer {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    private final ConnectionSettings settings;
    private final TimeSource time;
    private final ThreadFactory threads;
    private final ReentrantLock line = new ReentrantLock();
    private volatile boolean closed;

    // Guarded by the line.
    private Duration pause = Duration.ZERO;
    private @Nullable Moment failedAt;
    private String failure = "";
    /** The attempt that has not ended in time. */
    private @Nullable FutureTask<Connection> hanging;

    public Dialer(ConnectionSettings settings, Host host) {
        this.settings = settings;
        this.time = host.time();
        this.threads = host.threads();
    }

    /** Which libvirt it is, for people. */
    public String description() {
        return "libvirt at " + settings.uri();
    }

    /** @throws HypervisorException if there is no connection within ten seconds at most */
    Connection dial() {
        boolean mine = false;
        try {
            mine = line.tryLock(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
            if (!mine) {
                throw silence();
            }
            return dialNow();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HypervisorException("interrupted while connecting to " + description(), e);
        } finally {
            if (mine) {
                line.unlock();
            }
        }
    }

    private Connection dialNow() throws InterruptedException {
        FutureTask<Connection> attempt = hanging;
        if (attempt == null) {
            if (failedAt != null && time.now().nanosSince(failedAt) < pause.toNanos()) {
                throw new HypervisorException(failure);
            }
            attempt = begin();
        }
        try {
            hanging = attempt;
            Connection connection = attempt.get(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
            hanging = null;
            failedAt = null;
            pause = Duration.ZERO;
            return connection;
        } catch (TimeoutException e) {
            throw silence();
        } catch (ExecutionException e) {
            hanging = null;
            throw failed(e.getCause() == null ? e : e.getCause());
        }
    }

    private FutureTask<Connection> begin() {
        FutureTask<Connection> attempt = new FutureTask<>(() -> {
            Connection connection = Connection.open(settings);
            if (closed) {
                connection.close();
            }
            return connection;
        });
        threads.newThread(attempt).start();
        return attempt;
    }

    private HypervisorException failed(Throwable cause) {
        Duration next = pause.isZero() ? FIRST_PAUSE : pause.multipliedBy(2);
        pause = next.compareTo(settings.reconnectBackoff()) < 0 ? next : settings.reconnectBackoff();
        failedAt = time.now();
        HypervisorException outage = outage(
                cause instanceof LibvirtException libvirts
                        ? VirtException.of(libvirts)
                        : new VirtException(0, 0, SafeText.line(cause.toString())));
        failure = String.valueOf(outage.getMessage());
        return outage;
    }

    /** What a caller learns when libvirt as a whole cannot be asked: what, where and what to do. */
    HypervisorException outage(VirtException e) {
        return new HypervisorException(
                "cannot ask " + description() + ": " + e.reason() + "; " + Remedy.of(e, settings), e);
    }

    private HypervisorException silence() {
        return new HypervisorException(
                description() + " accepts connections but does not answer: restart libvirtd if it does not recover");
    }

    /** An attempt that still hangs closes its connection when it returns. */
    public void close() {
        closed = true;
    }
}
