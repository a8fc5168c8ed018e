package io.vmgauge.adapters.libvirt.connection;

import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.ports.outbound.HypervisorException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.libvirt.LibvirtException;

/**
 * Connections, each lent to one caller at a time.
 *
 * <p>A connection carries one call at a time: libvirtd serves five calls of a connection at most, and stuck ones would
 * block the rest. A stuck call keeps its connection. The last user closes a connection, since libvirt would use freed
 * memory if it were closed under a call.
 *
 * <p>Long because lending, dialing and closing share one monitor.
 */
public final class ConnectionPool {
    private final Dialer dialer;
    private final int most;
    private final boolean asksAgain;
    private final Deque<Connection> idle = new ArrayDeque<>();
    /**
     * By identity, since libvirt-java asks the daemon whether two connections are equal. The set also keeps them from
     * being finalized while only their pointers are in use.
     */
    private final Set<Connection> lent = Collections.newSetFromMap(new IdentityHashMap<>());

    private int dialing;
    private boolean closed;

    private ConnectionPool(Dialer dialer, int most, boolean asksAgain) {
        this.dialer = dialer;
        this.most = most;
        this.asksAgain = asksAgain;
    }

    /**
     * For calls that no VM can make hang. Callers wait while all connections are lent. A question may be asked twice.
     */
    public static ConnectionPool of(Dialer dialer, int most) {
        return new ConnectionPool(dialer, most, true);
    }

    /**
     * For calls that a stuck VM may hold: each has a connection of its own. The caller limits how many there are; a
     * second limit here would drop samples when the first is raised.
     */
    public static ConnectionPool oneForEachCall(Dialer dialer) {
        return new ConnectionPool(dialer, Integer.MAX_VALUE, false);
    }

    /** What to do with a connection. */
    public interface Question<T> {
        public T ask(Connection connection) throws VirtException;
    }

    /**
     * Asks with a connection that is lent for this question.
     *
     * @throws HypervisorException if there is no connection, or it broke, or the question as such failed
     */
    public <T> T ask(Question<T> question) {
        Connection connection = lend();
        try {
            return question.ask(connection);
        } catch (VirtException e) {
            if (!asksAgain || !e.isConnectionLost()) {
                throw dialer.outage(e);
            }
        } finally {
            takeBack(connection);
        }
        return askAgain(question);
    }

    /**
     * A lost connection does not say why it was lost. A new one works if libvirtd was restarted, and otherwise says
     * what is wrong.
     */
    private <T> T askAgain(Question<T> question) {
        Connection connection = lend();
        try {
            return question.ask(connection);
        } catch (VirtException e) {
            throw dialer.outage(e);
        } finally {
            takeBack(connection);
        }
    }

    /** Closes what is idle; what is lent is closed when it comes back. */
    public void close() {
        List<Connection> all;
        synchronized (this) {
            closed = true;
            all = new ArrayList<>(idle);
            idle.clear();
            notifyAll();
        }
        all.forEach(ConnectionPool::hangUp);
    }

    private Connection lend() {
        List<Connection> dead = new ArrayList<>();
        try {
            synchronized (this) {
                awaitFree();
                for (Connection c = idle.pollLast(); c != null; c = idle.pollLast()) {
                    if (c.isGood()) {
                        lent.add(c);
                        return c;
                    }
                    dead.add(c);
                }
                dialing++;
            }
        } finally {
            dead.forEach(ConnectionPool::hangUp);
        }
        return dial();
    }

    private Connection dial() {
        Connection fresh = null;
        try {
            fresh = dialer.dial();
            return fresh;
        } finally {
            synchronized (this) {
                dialing--;
                if (fresh != null) {
                    lent.add(fresh);
                }
                notifyAll();
            }
        }
    }

    private void awaitFree() {
        while (!closed && lent.size() + dialing >= most) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new HypervisorException("interrupted while waiting for a connection to libvirt", e);
            }
        }
        if (closed) {
            throw new HypervisorException("the connection to libvirt was closed by this agent");
        }
    }

    private void takeBack(Connection connection) {
        boolean keep = connection.isGood();
        synchronized (this) {
            lent.remove(connection);
            keep &= !closed;
            if (keep) {
                idle.addLast(connection);
            }
            notifyAll();
        }
        if (!keep) {
            hangUp(connection);
        }
    }

    private static void hangUp(Connection connection) {
        try {
            connection.close();
        } catch (LibvirtException e) {
            // The connection was of no use any more, and libvirt has freed it either way.
        }
    }
}
