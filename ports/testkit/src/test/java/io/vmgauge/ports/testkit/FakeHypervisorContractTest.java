package io.vmgauge.ports.testkit;

/** The fake keeps every contract, so that tests of code above the ports can rely on it. */
class FakeHypervisorContractTest
        implements VmCatalogContract,
                VmMeterContract,
                KernelContract,
                StuckVmContract,
                OutageContract,
                MigrationContract {
    @Override
    public FakeLab lab() {
        return new FakeLab();
    }
}
