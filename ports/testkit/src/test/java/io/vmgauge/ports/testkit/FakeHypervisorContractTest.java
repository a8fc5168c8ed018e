package io.vmgauge.ports.testkit;

/** The fake keeps every contract, so that what stands above the ports is tested against the truth. */
class FakeHypervisorContractTest
        implements VmCatalogContract, VmMeterContract, StuckVmContract, OutageContract, MigrationContract {
    @Override
    public FakeLab lab() {
        return new FakeLab();
    }
}
