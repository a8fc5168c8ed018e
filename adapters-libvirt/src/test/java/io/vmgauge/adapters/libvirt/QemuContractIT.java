package io.vmgauge.adapters.libvirt;

import io.vmgauge.ports.testkit.KernelContract;
import io.vmgauge.ports.testkit.MigrationContract;
import io.vmgauge.ports.testkit.OutageContract;
import io.vmgauge.ports.testkit.StuckVmContract;
import io.vmgauge.ports.testkit.VmCatalogContract;
import io.vmgauge.ports.testkit.VmMeterContract;

class QemuContractIT
        implements VmCatalogContract,
                VmMeterContract,
                KernelContract,
                StuckVmContract,
                OutageContract,
                MigrationContract {
    @Override
    public QemuLab lab() {
        return new QemuLab();
    }
}
