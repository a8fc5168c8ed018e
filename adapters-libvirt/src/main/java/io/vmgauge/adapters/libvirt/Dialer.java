package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.HypervisorException;
import io.vmgauge.ports.outbound.TimeSource;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.libvirt.LibvirtException;

/**
 * Opens connections, one at a time, and less and less often while that fails. Between two attempts callers learn at once
 * that libvirt is down. A daemon that is frozen holds the one who dials, since libvirt has no time limit there; the
 * others do not wait for him for long.
 */
final class Dialer {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_QUEUE = Duration.ofSeconds(5);

    private final LibvirtSettings settings;
    private final TimeSource time;
    private final ReentrantLock line = new ReentrantLock();
    private Duration pause = Duration.ZERO;
    private @Nullable Moment failedAt;
    private String failure = "";

    Dialer(LibvirtSettings settings, TimeSource time) {
        this.settings = settings;
        this.time = time;
    }

    Connection dial() {
        boolean mine = false;
        try {
            mine = line.tryLock(LONGEST_QUEUE.toMillis(), TimeUnit.MILLISECONDS);
            if (!mine) {
                throw new HypervisorException("libvirt at " + settings.uri()
                        + " accepts connections but does not answer: restart libvirtd if it does not recover");
            }
            return dialNow();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HypervisorException("interrupted while connecting to libvirt at " + settings.uri(), e);
        } finally {
            if (mine) {
                line.unlock();
            }
        }
    }

    private Connection dialNow() {
        Moment now = time.now();
        if (failedAt != null && now.nanosSince(failedAt) < pause.toNanos()) {
            throw new HypervisorException(failure);
        }
        try {
            Connection connection = Connection.open(settings);
            succeeded();
            return connection;
        } catch (LibvirtException e) {
            throw failed(e);
        }
    }

    private void succeeded() {
        failedAt = null;
        pause = Duration.ZERO;
    }

    private HypervisorException failed(LibvirtException cause) {
        Duration next = pause.isZero() ? FIRST_PAUSE : pause.multipliedBy(2);
        pause = next.compareTo(settings.reconnectBackoff()) < 0 ? next : settings.reconnectBackoff();
        failure = explain(Printable.line(String.valueOf(cause.getMessage())));
        failedAt = time.now();
        return new HypervisorException(failure, cause);
    }

    /** What a caller learns when libvirt as a whole cannot be asked: what, where and what to do. */
    HypervisorException outage(String reason) {
        return new HypervisorException(explain(reason));
    }

    private String explain(String reason) {
        return "cannot ask libvirt at " + settings.uri() + ": " + reason + "; " + cure(reason);
    }

    private String cure(String reason) {
        if (reason.contains("ermission denied") || reason.contains("uthenticat") || reason.contains("access denied")) {
            return "run as root, or as a user in the group libvirt";
        }
        if (reason.contains("record for uid") || reason.contains("record for gid")) {
            return "libvirtd turns away whom it does not know: give vmgauge's user and group to its host or container too";
        }
        if (reason.contains("no connection driver") || settings.uri().startsWith("test:")) {
            return "check hypervisor.libvirt.uri";
        }
        return "is libvirtd running, and is hypervisor.libvirt.uri right?";
    }
}
