package io.vmgauge.adapters.libvirt.domain;

import io.vmgauge.adapters.libvirt.binding.VirtException;

/** All domains that were asked for, with what was asked of them. All that it hands out dies with {@link #close}. */
public interface DomainRecords extends AutoCloseable {
    int count();

    /** Not to be closed: the list owns it. */
    DomainHandle domain(int index);

    DomainStats stats(int index) throws VirtException;

    @Override
    void close();
}
