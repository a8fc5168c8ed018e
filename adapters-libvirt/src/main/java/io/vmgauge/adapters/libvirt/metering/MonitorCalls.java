package io.vmgauge.adapters.libvirt.metering;

/** The calls of one measurement that the domain's QEMU has to answer, each made once at most. */
record MonitorCalls(MemoryStatsCall memory, BlockStatsCall blocks) {}
