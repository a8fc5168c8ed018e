package io.vmgauge.adapters.libvirt;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.util.Map;

/**
 * The C functions that a round calls for every domain. libvirt-java does the rest: connections, events, XML.
 *
 * <p>libvirt-java has no bulk statistics at all, and it reads C structures by reflection: RoundBenchmark prints what the
 * same calls cost through it. Here nothing is reflected: pointers go in, offsets are read out.
 */
final class Virt {
    static final int STATS_STATE = 1;
    static final int STATS_INTERFACE = 1 << 4;
    static final int STATS_BLOCK = 1 << 5;
    static final int ONLY_ACTIVE = 1;
    static final int WITH_BACKING = 1 << 30;

    private Virt() {}

    static {
        Native.register(Virt.class, NativeLibrary.getInstance("virt", Map.of(Library.OPTION_STRING_ENCODING, "UTF-8")));
    }

    static native int virEventRunDefaultImpl();

    static native int virConnectIsAlive(Pointer connection);

    static native int virConnectGetAllDomainStats(Pointer connection, int groups, Pointer records, int flags);

    static native int virConnectListAllDomains(Pointer connection, Pointer domains, int flags);

    static native int virDomainListGetStats(Pointer domains, int groups, Pointer records, int flags);

    static native void virDomainStatsRecordListFree(Pointer records);

    static native Pointer virDomainLookupByUUID(Pointer connection, Pointer uuid);

    static native int virDomainFree(Pointer domain);

    static native Pointer virDomainGetName(Pointer domain);

    static native int virDomainGetUUID(Pointer domain, Pointer uuid);

    static native int virDomainGetID(Pointer domain);

    static native int virDomainIsPersistent(Pointer domain);

    static native Pointer virDomainGetXMLDesc(Pointer domain, int flags);

    static native int virDomainGetState(Pointer domain, Pointer state, Pointer reason, int flags);

    static native int virDomainGetInfo(Pointer domain, Pointer info);

    static native int virDomainGetCPUStats(
            Pointer domain, Pointer params, int paramsPerCpu, int firstCpu, int cpus, int flags);

    static native int virDomainMemoryStats(Pointer domain, Pointer stats, int most, int flags);

    static native int virDomainInterfaceStats(Pointer domain, String device, Pointer stats, long size);

    static native int virDomainGetBlockInfo(Pointer domain, String disk, Pointer info, int flags);

    static native Pointer virStoragePoolLookupByName(Pointer connection, String name);

    static native int virStoragePoolFree(Pointer pool);

    static native Pointer virStorageVolLookupByName(Pointer pool, String name);

    static native Pointer virStorageVolGetPath(Pointer volume);

    static native int virStorageVolFree(Pointer volume);

    static native int virGetLastErrorCode();

    static native int virGetLastErrorDomain();

    static native Pointer virGetLastErrorMessage();
}
