package io.vmgauge.adapters.libvirt.binding;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.libvirt.Connect;
import org.libvirt.Library;
import org.libvirt.LibvirtException;
import org.libvirt.jna.Libvirt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * libvirt's event loop, without which keepalive does not work and a frozen daemon would hold its callers for ever. It
 * belongs to the process, must be there before the first connection, and runs as long as the process does: libvirt has
 * no safe way to end it.
 */
public final class EventLoop {
    private static final Logger log = LoggerFactory.getLogger(EventLoop.class);

    /**
     * libvirt's default is to print every error to the terminal. Ours come as exceptions. Held here because libvirt-java
     * does not hold it, and a collected callback is no callback.
     */
    private static final Libvirt.VirErrorCallback SILENT = (userData, error) -> {};

    /**
     * Each call of ours takes its socket out of the loop and puts it back, and would wake this thread for both, which
     * costs more than the call. What is left for the loop is keepalive, which counts in seconds.
     */
    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(400);

    private static final long LONG_PAUSE = TimeUnit.SECONDS.toNanos(1);

    private static boolean started;

    private EventLoop() {}

    public static synchronized void start(ThreadFactory threads) throws LibvirtException {
        if (started) {
            return;
        }
        Connect.setErrorCallback(SILENT);
        Library.initEventLoop();
        started = true;
        Thread thread = threads.newThread(EventLoop::run);
        thread.setName("libvirt-events");
        thread.start();
    }

    private static void run() {
        boolean failed = false;
        while (true) {
            boolean fails = Virt.virEventRunDefaultImpl() < 0;
            if (fails && !failed) {
                log.warn(
                        "libvirt's event loop has trouble: {}",
                        VirtException.last().reason());
            }
            failed = fails;
            LockSupport.parkNanos(fails ? LONG_PAUSE : PAUSE);
        }
    }
}
