package io.vmgauge.adapters.libvirt.domain;

import io.vmgauge.adapters.libvirt.binding.VirtException;

/** All domains that were asked for, with what was asked of them. What it hands out is valid until {@link #close}. */
public interface DomainRecords extends AutoCloseable {
    int count();

    /** The list owns the handle: callers do not close it. */
    DomainHandle domain(int index);

    DomainStats stats(int index) throws VirtException;

    @Override
    void close();
}
