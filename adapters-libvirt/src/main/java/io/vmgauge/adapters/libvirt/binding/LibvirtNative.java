package io.vmgauge.adapters.libvirt.binding;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.util.Map;

/**
 * The C functions that a round calls for every domain. libvirt-java does the rest: connections and events.
 *
 * <p>libvirt-java has no bulk statistics, and it reads C structures by reflection: RoundBenchmark prints what the same
 * calls cost through it. Here pointers go in, and values are read at offsets.
 */
public final class LibvirtNative {
    public static final int STATS_STATE = 1;
    public static final int STATS_INTERFACE = 1 << 4;
    public static final int STATS_BLOCK = 1 << 5;
    public static final int ONLY_ACTIVE = 1;
    public static final int WITH_BACKING = 1 << 30;

    private LibvirtNative() {}

    static {
        Native.register(
                LibvirtNative.class,
                NativeLibrary.getInstance("virt", Map.of(Library.OPTION_STRING_ENCODING, "UTF-8")));
    }

    static native int virEventRunDefaultImpl();

    public static native int virConnectIsAlive(Pointer connection);

    public static native int virConnectGetAllDomainStats(Pointer connection, int groups, Pointer records, int flags);

    public static native int virConnectListAllDomains(Pointer connection, Pointer domains, int flags);

    public static native int virDomainListGetStats(Pointer domains, int groups, Pointer records, int flags);

    public static native void virDomainStatsRecordListFree(Pointer records);

    public static native Pointer virDomainLookupByUUID(Pointer connection, Pointer uuid);

    public static native int virDomainFree(Pointer domain);

    public static native Pointer virDomainGetName(Pointer domain);

    public static native int virDomainGetUUID(Pointer domain, Pointer uuid);

    public static native int virDomainGetID(Pointer domain);

    public static native int virDomainIsPersistent(Pointer domain);

    public static native Pointer virDomainGetXMLDesc(Pointer domain, int flags);

    public static native int virDomainGetState(Pointer domain, Pointer state, Pointer reason, int flags);

    public static native int virDomainGetInfo(Pointer domain, Pointer info);

    public static native int virDomainGetCPUStats(
            Pointer domain, Pointer params, int paramsPerCpu, int firstCpu, int cpus, int flags);

    public static native int virDomainMemoryStats(Pointer domain, Pointer stats, int most, int flags);

    public static native int virDomainInterfaceStats(Pointer domain, String device, Pointer stats, long size);

    public static native int virDomainBlockStats(Pointer domain, String disk, Pointer stats, long size);

    public static native int virDomainGetBlockInfo(Pointer domain, String disk, Pointer info, int flags);

    public static native Pointer virStoragePoolLookupByName(Pointer connection, String name);

    public static native int virStoragePoolFree(Pointer pool);

    public static native Pointer virStorageVolLookupByName(Pointer pool, String name);

    public static native Pointer virStorageVolGetPath(Pointer volume);

    public static native int virStorageVolFree(Pointer volume);

    public static native int virGetLastErrorCode();

    static native int virGetLastErrorDomain();

    static native Pointer virGetLastErrorMessage();
}
