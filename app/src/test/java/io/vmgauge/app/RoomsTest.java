package io.vmgauge.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The rooms inside the modules: which package does not know which others of its module. That no two know each other,
 * {@link HexagonTest} sees; that nobody outside knows any of them, {@link ModuleLayoutTest}.
 */
class RoomsTest {
    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.vmgauge");

    @ParameterizedTest
    @CsvSource({
        "grpc.labels, grpc.socket grpc.service grpc.mapping grpc.relay grpc.overlay grpc.counter grpc.client",
        "grpc.socket, grpc.service grpc.mapping grpc.relay grpc.overlay grpc.counter grpc.client",
        "grpc.mapping, grpc.socket grpc.service grpc.relay grpc.overlay grpc.counter grpc.client",
        "grpc.service, grpc.socket grpc.relay grpc.overlay grpc.counter grpc.client",
        "grpc.counter, grpc.service grpc.relay grpc.overlay grpc.client",
        "grpc.overlay, grpc.service grpc.relay grpc.client",
        "grpc.relay, grpc.service grpc.mapping grpc.counter grpc.client",
        "grpc.client, grpc.service grpc.mapping grpc.relay grpc.overlay grpc.counter",
        "libvirt.binding, libvirt.connection libvirt.domain libvirt.definition libvirt.disk libvirt.metering",
        "libvirt.domain, libvirt.connection libvirt.definition libvirt.disk libvirt.metering",
        "libvirt.connection, libvirt.definition libvirt.disk libvirt.metering",
        "libvirt.definition, libvirt.connection libvirt.disk libvirt.metering",
        "libvirt.disk, libvirt.metering",
        "virtdf.run, virtdf.report",
        "virtdf.report, virtdf.run"
    })
    void aRoomOfAnAdapterKnowsOnlyThoseThatItNeeds(String room, String others) {
        knowsNone("io.vmgauge.adapters.", room, others);
    }

    @ParameterizedTest
    @CsvSource({
        "engine.sampling, engine engine.query engine.schedule engine.disk",
        "engine.schedule, engine engine.sampling engine.query engine.disk",
        "engine.query, engine engine.schedule engine.disk",
        "engine.disk, engine engine.query",
        "app, app.cli",
        "app.cli, app.logging",
        "app.config, app app.cli app.logging engine.sampling engine.query engine.schedule engine.disk",
        "app.logging, app app.cli app.config engine.."
    })
    void aRoomOfEngineOrAppKnowsOnlyThoseThatItNeeds(String room, String others) {
        knowsNone("io.vmgauge.", room, others);
    }

    private static void knowsNone(String house, String room, String others) {
        noClasses()
                .that()
                .resideInAPackage(house + room)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        Arrays.stream(others.split(" ")).map(house::concat).toArray(String[]::new))
                .check(ALL);
    }
}
