import org.jspecify.annotations.NullMarked;

/**
 * What Linux tells of processes, control groups, network devices and files. A plain library for adapters: it knows no
 * hypervisor's daemon and calls none, so nothing here waits for one. Reading a file may still hang where its file system
 * does; each class says whether it reads such files.
 */
@NullMarked
@SuppressWarnings("module") // The adapters are compiled after this.
module io.vmgauge.linux {
    requires com.sun.jna;
    requires transitive io.vmgauge.ports;

    exports io.vmgauge.linux.cgroup to
            io.vmgauge.adapters.libvirt;
    exports io.vmgauge.linux.file to
            io.vmgauge.adapters.libvirt;
    exports io.vmgauge.linux.network to
            io.vmgauge.adapters.libvirt;
    exports io.vmgauge.linux.process to
            io.vmgauge.adapters.libvirt;
}
