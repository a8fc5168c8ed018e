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
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.vmgauge.ports.outbound.TimeSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The house as the design draws it: what may know what, and what happens only in one place. */
class HexagonTest {
    private static final String GENERATED = "io.vmgauge.adapters.grpc.cri..";
    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.vmgauge")
            .that(not(resideInAPackage("io.vmgauge.ports.testkit..")));

    @ParameterizedTest
    @CsvSource({
        "io.vmgauge.domain.identity, 9",
        "io.vmgauge.domain.sample, 10",
        "io.vmgauge.domain.usage, 12",
        "io.vmgauge.ports.inbound, 5",
        "io.vmgauge.ports.outbound, 5",
        "io.vmgauge.ports.spi, 10",
        "io.vmgauge.adapters.libvirt, 10",
        "io.vmgauge.adapters.virtdf, 15",
        "io.vmgauge.adapters.grpc, 8",
        "io.vmgauge.app, 8",
        "io.vmgauge.app.config, 3",
        "io.vmgauge.app.usecase, 4",
        "io.vmgauge.app.schedule, 4"
    })
    void theImportSawEveryPackage(String name, int least) {
        long seen = ALL.stream().filter(c -> c.getPackageName().equals(name)).count();
        assertTrue(seen >= least, name + ": " + seen + " classes");
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
    void adaptersDoNotKnowTheApp() {
        noClasses()
                .that()
                .resideInAPackage("io.vmgauge.adapters..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.vmgauge.app..")
                .check(ALL);
    }

    @Test
    void onlyProvidersArePublicInAdapters() {
        classes()
                .that()
                .resideInAPackage("io.vmgauge.adapters..")
                .and()
                .resideOutsideOfPackage(GENERATED)
                .and()
                .arePublic()
                .should()
                .haveSimpleNameEndingWith("Provider")
                .check(ALL);
    }

    @Test
    void useCasesKnowOnlyPortsAndDomain() {
        classes()
                .that()
                .resideInAPackage("io.vmgauge.app.usecase..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.vmgauge.app.usecase..",
                        "io.vmgauge.ports.inbound..",
                        "io.vmgauge.ports.outbound..",
                        "io.vmgauge.domain..",
                        "java.lang..",
                        "java.time..",
                        "java.util..",
                        "org.slf4j..",
                        "org.jspecify..")
                .check(ALL);
    }

    @Test
    void scheduleAndConfigMeetOthersOnlyInTheCompositionRoot() {
        for (String name : List.of("usecase", "schedule", "config")) {
            noClasses()
                    .that()
                    .resideInAPackage("io.vmgauge.app." + name + "..")
                    .should()
                    .dependOnClassesThat(resideInAPackage("io.vmgauge.app..")
                            .and(not(resideInAPackage("io.vmgauge.app." + name + ".."))))
                    .check(ALL);
        }
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
    void libvirtAndJnaTypesStayInTheLibvirtAdapter() {
        onlyIn("io.vmgauge.adapters.libvirt..", "org.libvirt..", "com.sun.jna..");
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

    @Test
    void threadsStartOnlyInSchedule() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.vmgauge.app.schedule..", GENERATED)
                .should()
                .accessTargetWhere(DescribedPredicate.describe(
                        "a thread is made",
                        (JavaAccess<?> access) -> isThreadMaker(access.getTargetOwner(), access.getName())))
                .check(ALL);
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

    /** Each outbound port has a contract in the testkit, and the tests of some adapter implement it. */
    @Test
    void outboundPortsHaveAContractThatAdaptersKeep() {
        Path root = Path.of(System.getProperty("lab.dir", "lab")).resolveSibling("");
        List<String> ports = ALL.stream()
                .filter(c -> c.getPackageName().equals("io.vmgauge.ports.outbound") && c.isTopLevelClass())
                .filter(c -> c.isInterface() && !c.reflect().isSealed() && !c.isEquivalentTo(TimeSource.class))
                .map(JavaClass::getSimpleName)
                .filter(name -> !name.equals("package-info"))
                .toList();
        assertTrue(ports.contains("VmMeter"), ports.toString());
        for (String port : ports) {
            String contract = port + "Contract";
            Path kit = root.resolve("ports/testkit/src/main/java/io/vmgauge/ports/testkit/" + contract + ".java");
            assertTrue(Files.exists(kit), kit.toString());
            assertTrue(
                    sources(root).anyMatch(text -> Pattern.compile("implements[^{]*\\b" + contract + "\\b")
                            .matcher(text)
                            .find()),
                    "no adapter's test implements " + contract);
        }
    }

    /** The test sources of all adapters. */
    private static Stream<String> sources(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            return files
                    .filter(file -> file.toString().matches(".*/adapters-[^/]*/src/test/java/.*\\.java"))
                    .map(HexagonTest::read)
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
