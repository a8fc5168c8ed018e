package io.vmgauge.app;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.FilesystemMeterProvider;
import io.vmgauge.ports.spi.HypervisorProvider;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The house as the design draws it: what may know what, and what happens only in one place.
 *
 * <p>Long because it is a list: a test for each rule.
 */
class HexagonTest {
    private static final Path ROOT =
            Path.of(System.getProperty("lab.dir", "lab")).toAbsolutePath().resolveSibling("");
    private static final String GENERATED = "io.vmgauge.adapters.grpc.cri..";
    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.vmgauge")
            .that(not(resideInAPackage("io.vmgauge.ports.testkit..")));

    /** A rule about a package that was not imported could not fail. */
    @Test
    void theImportSawEveryPackageOfTheModulePath() {
        Set<String> packages = ModuleLayer.boot().modules().stream()
                .filter(module -> module.getName().startsWith("io.vmgauge."))
                .flatMap(module -> module.getPackages().stream())
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> seen = ALL.stream().map(JavaClass::getPackageName).collect(Collectors.toCollection(TreeSet::new));
        assertTrue(packages.contains("io.vmgauge.domain.sample"), "the tests run on the module path: " + packages);
        assertEquals(packages, seen);
    }

    @Test
    void domainKnowsOnlyTheJdk() {
        classes()
                .that()
                .resideInAPackage("io.vmgauge.domain..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.vmgauge.domain..", "java.lang..", "java.time..", "java.util..", "org.jspecify..")
                .check(ALL);
    }

    @Test
    void portsKnowOnlyTheDomain() {
        classes()
                .that()
                .resideInAPackage("io.vmgauge.ports..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.vmgauge.ports..", "io.vmgauge.domain..", "java..", "org.jspecify..")
                .check(ALL);
    }

    @Test
    void adaptersDoNotKnowEachOther() {
        slices().matching("io.vmgauge.adapters.(*)..")
                .should()
                .notDependOnEachOther()
                .check(ALL);
    }

    @Test
    void adaptersKnowNeitherEngineNorApp() {
        noClasses()
                .that()
                .resideInAPackage("io.vmgauge.adapters..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.vmgauge.engine..", "io.vmgauge.app..")
                .check(ALL);
    }

    @Test
    void theEngineKnowsOnlyPortsAndDomain() {
        classes()
                .that()
                .resideInAPackage("io.vmgauge.engine..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.vmgauge.engine..",
                        "io.vmgauge.ports..",
                        "io.vmgauge.domain..",
                        "java.lang..",
                        "java.time..",
                        "java.util..",
                        "org.slf4j..",
                        "org.jspecify..")
                .check(ALL);
    }

    @Test
    void samplingAndQueriesDoNotKnowHowAdaptersAreFound() {
        noClasses()
                .that()
                .resideInAnyPackage("io.vmgauge.engine.sampling..", "io.vmgauge.engine.query..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.vmgauge.ports.spi..")
                .check(ALL);
    }

    @Test
    void onlyTheCompositionRootLooksUpServices() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.vmgauge.app", GENERATED)
                .should()
                .dependOnClassesThat(assignableTo(ServiceLoader.class))
                .check(ALL);
    }

    @Test
    void nobodyReadsTheSystemClock() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(SystemTime.class.getName())
                .should()
                .accessTargetWhere(calls(
                        Set.of("java.lang.System.nanoTime", "java.lang.System.currentTimeMillis"),
                        Set.of("java.time.Instant", "java.time.LocalDateTime", "java.time.ZonedDateTime"),
                        Set.of("java.time.Clock"),
                        "now"))
                .check(ALL);
    }

    private static DescribedPredicate<JavaAccess<?>> calls(
            Set<String> methods, Set<String> withNow, Set<String> types, String now) {
        return DescribedPredicate.describe("a system clock is read", access -> {
            String owner = access.getTargetOwner().getFullName();
            return methods.contains(owner + "." + access.getName())
                    || types.contains(owner)
                    || (withNow.contains(owner) && access.getName().equals(now));
        });
    }

    @Test
    void domainAndPortsHaveOnlyFinalFields() {
        fields().that()
                .areDeclaredInClassesThat(resideInAnyPackage("io.vmgauge.domain..", "io.vmgauge.ports.."))
                .should()
                .beFinal()
                .check(ALL);
    }

    @Test
    void packagesAreFreeOfCycles() {
        slices().matching("io.vmgauge.(**)")
                .should()
                .beFreeOfCycles()
                .check(ALL.that(not(resideInAPackage(GENERATED))));
    }

    @Test
    void nobodyThrowsBareExceptions() {
        NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS.check(ALL.that(not(resideInAPackage(GENERATED))));
    }

    @Test
    void nobodyPrintsButThroughTheCommandLine() {
        NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(ALL);
    }

    @Test
    void grpcTypesStayInTheGrpcAdapter() {
        onlyIn("io.vmgauge.adapters.grpc..", "io.grpc..", "io.netty..", "com.google.protobuf..");
    }

    @Test
    void libvirtTypesStayInTheLibvirtAdapter() {
        onlyIn("io.vmgauge.adapters.libvirt..", "org.libvirt..");
    }

    /** It makes calls of C: libvirt's, and those of Linux that the JDK does not offer. */
    @Test
    void jnaIsUsedOnlyForLibvirtAndLinux() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.vmgauge.adapters.libvirt..", "io.vmgauge.linux..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.sun.jna..")
                .check(ALL);
    }

    @Test
    void linuxKnowsNeitherAdaptersNorTheApp() {
        classes()
                .that()
                .resideInAPackage("io.vmgauge.linux..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.vmgauge.linux..",
                        "io.vmgauge.ports..",
                        "io.vmgauge.domain..",
                        "java..",
                        "com.sun.jna..",
                        "org.jspecify..")
                .check(ALL);
    }

    @Test
    void linuxIsALibraryForHypervisorsOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.vmgauge.adapters.libvirt..", "io.vmgauge.linux..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.vmgauge.linux..")
                .check(ALL);
    }

    @Test
    void theConfigurationFormatStaysInTheApp() {
        onlyIn("io.vmgauge.app..", "com.typesafe..", "picocli..");
    }

    private static void onlyIn(String home, String... foreign) {
        noClasses()
                .that()
                .resideOutsideOfPackage(home)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(foreign)
                .check(ALL);
    }

    @Test
    void processesStartOnlyInVirtdf() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.vmgauge.adapters.virtdf..")
                .should()
                .dependOnClassesThat(assignableTo(ProcessBuilder.class))
                .orShould()
                .callMethod(Runtime.class, "exec", String[].class)
                .check(ALL);
    }

    /** But for {@link #eventLoopsAreMadeOnlyForTheServerAndTheClient}. */
    @Test
    void threadsStartOnlyInSchedule() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.vmgauge.engine.schedule..", GENERATED)
                .should()
                .accessTargetWhere(DescribedPredicate.describe(
                        "a thread is made",
                        (JavaAccess<?> access) -> isThreadMaker(access.getTargetOwner(), access.getName())))
                .check(ALL);
    }

    /**
     * The exception to the rule above: Netty wants the threads of its loops to be of a kind of its own, on which its
     * buffers are quick. One daemon thread each, and nothing that may hang runs on them.
     */
    @Test
    void eventLoopsAreMadeOnlyForTheServerAndTheClient() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("io.vmgauge.adapters.grpc.CriServer")
                .and()
                .doNotHaveFullyQualifiedName("io.vmgauge.adapters.grpc.client.CriStatsClient")
                .should()
                .accessTargetWhere(DescribedPredicate.describe(
                        "an event loop is made",
                        (JavaAccess<?> access) -> isLoopMaker(access.getTargetOwner(), access.getName())))
                .check(ALL);
    }

    private static boolean isLoopMaker(JavaClass owner, String method) {
        return owner.getPackageName().startsWith("io.netty")
                && owner.getSimpleName()
                        .matches(".*(EventLoop|EventLoopGroup|EventExecutor|EventExecutorGroup|ThreadFactory)")
                && method.equals("<init>");
    }

    private static boolean isThreadMaker(JavaClass owner, String method) {
        boolean constructed = method.equals("<init>");
        return (owner.isEquivalentTo(Thread.class) && constructed)
                || owner.getFullName().equals("java.util.concurrent.Executors")
                || owner.getFullName().equals("java.util.concurrent.ForkJoinPool")
                || owner.getFullName().equals("java.util.Timer")
                || (owner.getSimpleName().endsWith("ThreadPoolExecutor") && constructed)
                || (owner.getFullName().equals("java.util.concurrent.CompletableFuture") && method.endsWith("Async"));
    }

    @Test
    void namesAreTheFields() {
        noClasses()
                .that()
                .resideOutsideOfPackage(GENERATED)
                .should()
                .haveNameMatching(".*(Manager|Helper|Util|Utils|Impl|Dto)(\\$.*)?")
                .check(ALL);
    }

    /** Which tests hold whom to which contracts: the fakes, the engine, and every adapter, also on the real thing. */
    @ParameterizedTest
    @CsvSource({
        "ports/testkit, FakeHypervisorContractTest, VmCatalog VmMeter Kernel StuckVm Outage Migration",
        "ports/testkit, FakeFilesystemsContractTest, FilesystemMeter",
        "adapters-libvirt, TestDriverContractTest, VmCatalog VmMeter",
        "adapters-libvirt, QemuContractIT, VmCatalog VmMeter Kernel StuckVm Outage Migration",
        "adapters-virtdf, ActedContractTest, FilesystemMeter",
        "adapters-virtdf, VirtDfContractIT, FilesystemMeter",
        "adapters-grpc, FakeQueriesContractTest, UsageQueries",
        "engine, UsageQueryServiceContractTest, UsageQueries"
    })
    void contractsAreKept(String module, String test, String contracts) {
        assertEquals(new TreeSet<>(List.of(contracts.split(" "))), contractsOf(test(testsOf(module), test)));
    }

    /** The real thing is libvirtd with QEMU; neither its lab nor its tests may be anything else. */
    @Test
    void theContractsAreKeptOnARealLibvirtd() {
        JavaClasses tests = testsOf("adapters-libvirt");
        assertTrue(calls(test(tests, "QemuContractIT"), test(tests, "QemuLab"), "<init>"));
        assertTrue(calls(test(tests, "QemuLab"), test(tests, "PrivateLibvirtd"), "get"));
    }

    private static boolean calls(JavaClass caller, JavaClass target, String method) {
        return caller.getCodeUnitCallsFromSelf().stream()
                .anyMatch(call ->
                        call.getTargetOwner().equals(target) && call.getName().equals(method));
    }

    @Test
    void everyPortHasAContract() {
        assertEquals(Set.of("UsageQueries"), interfacesIn("io.vmgauge.ports.inbound"));
        assertEquals(Set.of("FilesystemMeter", "VmCatalog", "VmMeter"), interfacesIn("io.vmgauge.ports.outbound"));
        for (String port : List.of("io.vmgauge.ports.inbound", "io.vmgauge.ports.outbound")) {
            assertTrue(
                    contractsInTheKit().containsAll(interfacesIn(port)),
                    contractsInTheKit().toString());
        }
    }

    private static Set<String> interfacesIn(String home) {
        return ALL.stream()
                .filter(c -> c.getPackageName().equals(home) && c.isTopLevelClass())
                .filter(c -> c.isInterface() && !c.reflect().isSealed() && !c.isEquivalentTo(TimeSource.class))
                .map(JavaClass::getSimpleName)
                .filter(name -> !name.equals("package-info"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** An adapter that is yet to come must keep them too, and so must a contract that is. */
    @Test
    void everyAdapterKeepsEveryContractOfWhatItProvides() {
        Set<String> filesystems = Set.of("FilesystemMeter");
        Set<String> hypervisor = new TreeSet<>(contractsInTheKit());
        hypervisor.removeAll(filesystems);
        hypervisor.remove("UsageQueries");
        Map<String, Set<String>> due = Map.of(
                HypervisorProvider.class.getName(), hypervisor, FilesystemMeterProvider.class.getName(), filesystems);
        Map<String, Set<String>> kept = new TreeMap<>();
        Map<String, Set<String>> expected = new TreeMap<>();
        for (Module adapter : ModuleLayer.boot().modules()) {
            for (ModuleDescriptor.Provides provided : adapter.getDescriptor().provides()) {
                if (adapter.getName().startsWith("io.vmgauge.adapters.") && due.containsKey(provided.service())) {
                    String directory = adapter.getName().replace("io.vmgauge.adapters.", "adapters-");
                    expected.put(directory, due.getOrDefault(provided.service(), Set.of()));
                    kept.put(
                            directory,
                            testsOf(directory).stream()
                                    .flatMap(test -> contractsOf(test).stream())
                                    .collect(Collectors.toCollection(TreeSet::new)));
                }
            }
        }
        assertEquals(expected, kept);
        assertEquals(Set.of("adapters-libvirt", "adapters-virtdf"), kept.keySet());
    }

    /** The compiled tests of another module, which Maven builds before this one. */
    private static JavaClasses testsOf(String module) {
        Path classes = ROOT.resolve(module).resolve("target/test-classes");
        assertTrue(Files.isDirectory(classes), classes + ": build with ./mvnw -pl app -am");
        return new ClassFileImporter().importPath(classes);
    }

    private static JavaClass test(JavaClasses tests, String name) {
        return tests.stream()
                .filter(test -> test.getSimpleName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("there is no test " + name));
    }

    /** The contracts that a test implements. */
    private static Set<String> contractsOf(JavaClass test) {
        return contracts(test.getRawInterfaces().stream().map(JavaClass::getSimpleName));
    }

    private static Set<String> contractsInTheKit() {
        return contracts(new ClassFileImporter()
                .importPath(ROOT.resolve("ports/testkit/target/classes")).stream()
                        .filter(JavaClass::isTopLevelClass)
                        .map(JavaClass::getSimpleName));
    }

    private static Set<String> contracts(Stream<String> names) {
        return names.filter(name -> name.endsWith("Contract"))
                .map(name -> name.substring(0, name.length() - "Contract".length()))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
