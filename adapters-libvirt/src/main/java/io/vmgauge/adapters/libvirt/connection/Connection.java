package io.vmgauge.adapters.libvirt.connection;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.vmgauge.adapters.libvirt.binding.LibvirtNative;
import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.domain.BulkRecords;
import io.vmgauge.adapters.libvirt.domain.DomainHandle;
import io.vmgauge.adapters.libvirt.domain.DomainRecords;
import io.vmgauge.adapters.libvirt.domain.SingleRecords;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.libvirt.Connect;
import org.libvirt.LibvirtException;

/**
 * A read-only connection, to be used by one thread at a time: see {@link ConnectionPool}. It extends libvirt-java's
 * class because our own calls need its pointer.
 *
 * <p>Long because it has a method for each call that needs no domain.
 */
public final class Connection extends Connect {
    /** In bytes: enough for every structure that a call fills in. */
    private static final int SCRATCH_SIZE = 1024;

    private static final AtomicLong OPENED = new AtomicLong();

    private final Memory scratch = new Memory(SCRATCH_SIZE);
    private final boolean simulated;
    private boolean hasNoBulk;
    private final long number = OPENED.incrementAndGet();

    private Connection(String uri) throws LibvirtException {
        super(uri, true);
        simulated = "TEST".equalsIgnoreCase(getType());
    }

    public static Connection open(ConnectionSettings settings) throws LibvirtException {
        Connection connection = new Connection(settings.uri());
        if (!connection.simulated) {
            connection.setKeepAlive(settings.keepaliveSeconds(), settings.keepaliveCount());
        }
        return connection;
    }

    /** Whether this is libvirt's own test driver, whose per-cgroup CPU counters stand still. */
    public boolean isSimulated() {
        return simulated;
    }

    /** Larger than those of all connections that were opened before. */
    public long number() {
        return number;
    }

    /** False as soon as the daemon is known to be gone. Asks nobody. */
    boolean isGood() {
        return LibvirtNative.virConnectIsAlive(vcp.getPointer()) == 1;
    }

    /**
     * The same statistics of all domains, in one call where the driver can do that. The caller closes them.
     *
     * @param groups only those that need no monitor: {@link LibvirtNative#STATS_STATE}, {@link
     *     LibvirtNative#STATS_INTERFACE}. They need no job of the domain either, so the flag NOWAIT, which not all
     *     drivers know, is not needed
     */
    public DomainRecords stats(int groups, int flags) throws VirtException {
        if (hasNoBulk) {
            return singles(flags);
        }
        int count = LibvirtNative.virConnectGetAllDomainStats(vcp.getPointer(), groups, scratch, flags);
        if (count >= 0) {
            return new BulkRecords(scratch.getPointer(0), count, scratch);
        }
        VirtException e = VirtException.last();
        if (!e.isUnsupported()) {
            throw e;
        }
        hasNoBulk = true;
        return singles(flags);
    }

    /** The same without bulk statistics, domain by domain. The flags for listing and for statistics are the same. */
    DomainRecords singles(int flags) throws VirtException {
        int count = LibvirtNative.virConnectListAllDomains(vcp.getPointer(), scratch, flags);
        if (count < 0) {
            throw VirtException.last();
        }
        return new SingleRecords(scratch.getPointer(0), count, scratch);
    }

    /**
     * Finds one domain.
     *
     * @param uuid in the usual 36 characters; the caller closes it. Absent if there is no such domain
     */
    public Optional<DomainHandle> lookup(String uuid) throws VirtException {
        UUID halves = UUID.fromString(uuid);
        scratch.setLong(0, bigEndian(halves.getMostSignificantBits()));
        scratch.setLong(Long.BYTES, bigEndian(halves.getLeastSignificantBits()));
        Pointer domain = LibvirtNative.virDomainLookupByUUID(vcp.getPointer(), scratch);
        if (domain != null) {
            return Optional.of(new DomainHandle(domain, scratch));
        }
        VirtException e = VirtException.last();
        if (e.isDomainGone()) {
            return Optional.empty();
        }
        throw e;
    }

    /**
     * What a volume of a storage pool is. This may take for ever: libvirtd does not answer while it looks through that
     * pool.
     */
    public VolumePath resolve(String poolName, String volumeName) throws VirtException {
        Pointer pool = LibvirtNative.virStoragePoolLookupByName(vcp.getPointer(), poolName);
        if (pool == null) {
            return unresolved();
        }
        try {
            Pointer found = LibvirtNative.virStorageVolLookupByName(pool, volumeName);
            return found == null ? unresolved() : path(found);
        } finally {
            LibvirtNative.virStoragePoolFree(pool);
        }
    }

    private static VolumePath path(Pointer volume) throws VirtException {
        try {
            Pointer path = LibvirtNative.virStorageVolGetPath(volume);
            if (path == null) {
                return unresolved();
            }
            try {
                return VolumePath.of(path.getString(0, "UTF-8"));
            } finally {
                Native.free(Pointer.nativeValue(path));
            }
        } finally {
            LibvirtNative.virStorageVolFree(volume);
        }
    }

    private static VolumePath unresolved() throws VirtException {
        VirtException e = VirtException.last();
        if (e.isConnectionLost()) {
            throw e;
        }
        return VolumePath.unknown(e.reason());
    }

    /** The bytes in the order in which they lie in memory. */
    private static long bigEndian(long bits) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? bits : Long.reverseBytes(bits);
    }
}
