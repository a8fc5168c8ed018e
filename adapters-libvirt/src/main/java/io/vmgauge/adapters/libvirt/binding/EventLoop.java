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
 * libvirt's event loop. Keepalive needs it: without it a frozen daemon would hold its callers for ever. It must run
 * before the first connection is opened, and runs as long as the process: libvirt has no safe way to end it.
 */
public final class EventLoop {
    private static final Logger LOG = LoggerFactory.getLogger(EventLoop.class);

    /**
     * libvirt prints every error to the terminal by default. Here errors become exceptions. The field holds the
     * callback because libvirt-java does not, and it must not be collected.
     */
    private static final Libvirt.VirErrorCallback SILENT = (userData, error) -> {};

    /**
     * Each call takes its socket out of the loop and puts it back. Waking this thread for both would cost more than the
     * call. Only keepalive is left for the loop, and that counts in seconds.
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
            boolean fails = LibvirtNative.virEventRunDefaultImpl() < 0;
            if (fails && !failed) {
                LOG.warn(
                        "libvirt's event loop has trouble: {}",
                        VirtException.last().reason());
            }
            failed = fails;
            LockSupport.parkNanos(fails ? LONG_PAUSE : PAUSE);
        }
    }
}
