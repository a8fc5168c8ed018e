package io.vmgauge.adapters.libvirt.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.libvirt.ConfigSettings;
import io.vmgauge.adapters.libvirt.domain.DomainName;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlacementResolversTest {
    private static final String UUID = "537e0aa0-954f-45b6-8740-4f5d4a40b4ae";

    @Test
    void ourOwnElementSaysEverything() {
        Placement placement = vmgauge(
                        """
                <g:pod xmlns:g='urn:vmgauge:pod:1' namespace='shop' name='web-0' uid='u-1' sandbox-id='s-1' attempt='3'>
                  <g:container name='main' id='c-1' attempt='2' image='debian:12'/>
                  <g:label key='app'>web</g:label>
                  <g:annotation key='example.org/note'>two
                lines</g:annotation>
                </g:pod>""")
                .placement();

        PodSandbox pod = placement.sandbox();
        assertEquals(
                "shop/web-0 u-1 s-1 3",
                pod.namespace() + "/" + pod.name() + " " + pod.uid() + " " + pod.id() + " " + pod.attempt());
        assertEquals(
                "main c-1 2 debian:12",
                placement.containerName() + " " + placement.container() + " " + placement.attempt() + " "
                        + placement.image());
        assertEquals("web", pod.labels().get("app"));
        assertEquals("two\nlines", pod.annotations().get("example.org/note"));
    }

    @Test
    void theExampleInTheManualIsTaken() throws IOException {
        String manual = Files.readString(Path.of("IDENTITY.md"));
        String example =
                manual.substring(manual.indexOf("```xml") + 6, manual.indexOf("```", manual.indexOf("```xml") + 6));
        Definition definition = vmgauge(example);

        assertEquals(Optional.empty(), definition.rejected());
        assertEquals("web-0", definition.placement().sandbox().name());
        assertEquals("debian:12", definition.placement().image());
    }

    @Test
    void aNamespaceAndANameAreEnough() {
        Placement placement = vmgauge("<g:pod xmlns:g='urn:vmgauge:pod:1' namespace='shop' name='web-0'/>")
                .placement();

        assertEquals("vm", placement.containerName());
        assertEquals(UUID, placement.container().value());
        assertEquals(UUID, placement.sandbox().uid());
        assertEquals("libvirt/kvm", placement.image());
        assertNotEquals(
                UUID, placement.sandbox().id().value(), "a kubelet keeps containers and sandboxes in one table");
    }

    @Test
    void theSandboxIsCalledAsThePodsUid() {
        Placement placement = vmgauge("<g:pod xmlns:g='urn:vmgauge:pod:1' namespace='shop' name='web-0' uid='u-1'/>")
                .placement();

        assertEquals("u-1", placement.sandbox().id().value());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "name='web-0'",
                "namespace='shop'",
                "namespace='' name='web-0'",
                "namespace='shop' name='Web_0'",
                "namespace='../etc' name='web-0'",
                "namespace='shop' name='web-0' attempt='-1'",
                "namespace='shop' name='web-0' attempt='12345678901'",
                "namespace='shop' name='web-0' uid='two words'",
                "namespace='shop' name='web-0' sandbox-id='ümlaut'"
            })
    void nonsenseIsRejectedAndTheDomainStandsAlone(String attributes) {
        assertRejected(vmgauge("<g:pod xmlns:g='urn:vmgauge:pod:1' %s/>".formatted(attributes)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<g:container name='a'/><g:container name='b'/>",
                "<g:container name='No!'/>",
                "<g:container id=' '/>",
                "<g:container attempt='x'/>",
                "<g:container image='a&#x85;b'/>",
                "<g:label>no key</g:label>",
                "<g:label key='a'>1</g:label><g:label key='a'>2</g:label>",
                "<g:label key='a'>line\nline</g:label>",
                "<g:label key='a'>&#x9b;31m</g:label>",
                "<g:annotation key='a&#10;b'>1</g:annotation>"
            })
    void nonsenseInsideIsRejectedToo(String content) {
        assertRejected(vmgauge(
                "<g:pod xmlns:g='urn:vmgauge:pod:1' namespace='shop' name='web-0'>%s</g:pod>".formatted(content)));
    }

    @Test
    void tooMuchIsRejected() {
        String many = IntStream.range(0, 129)
                .mapToObj("<g:label key='k%d'/>"::formatted)
                .collect(Collectors.joining());
        String pod = "<g:pod xmlns:g='urn:vmgauge:pod:1' namespace='shop' name='web-0'>%s</g:pod>";

        assertRejected(vmgauge(pod.formatted(many)));
        assertRejected(vmgauge(pod.formatted("<g:label key='k'>" + "x".repeat(1025) + "</g:label>")));
        assertRejected(vmgauge(pod.formatted("<g:label key='" + "k".repeat(318) + "'/>")));
        assertRejected(vmgauge(pod.formatted("<g:annotation key='k'>" + "x".repeat(16_385) + "</g:annotation>")));
    }

    @Test
    void elementsOfOthersAreNotOurs() {
        Definition definition = vmgauge("<pod namespace='shop' name='web-0'/><o:pod xmlns:o='urn:other' name='x'/>");

        assertEquals("vm1", definition.placement().sandbox().name());
        assertEquals(Optional.empty(), definition.rejected());
    }

    @Test
    void virtletsLogPathNamesThePod() {
        Placement placement =
                virtlet("/var/log/pods/shop_web-0_5f0c7d1e-1111/main/2.log").placement();

        assertEquals(
                "shop/web-0",
                placement.sandbox().namespace() + "/" + placement.sandbox().name());
        assertEquals("5f0c7d1e-1111", placement.sandbox().uid());
        assertEquals("5f0c7d1e-1111", placement.sandbox().id().value());
        assertEquals("main", placement.containerName());
        assertEquals(2, placement.attempt());
        assertEquals(UUID, placement.container().value());
    }

    @Test
    void virtletsOldLogPathNamesOnlyItsUid() {
        Placement placement = virtlet("/var/log/pods/5f0c7d1e-1111/main_4.log").placement();

        assertEquals("virtual-machines", placement.sandbox().namespace());
        assertEquals("virtlet-537e0aa0-954f-main", placement.sandbox().name());
        assertEquals("5f0c7d1e-1111", placement.sandbox().uid());
        assertEquals("main", placement.containerName());
        assertEquals(4, placement.attempt());
    }

    @Test
    void virtletsNonsenseIsRejected() {
        assertTrue(virtlet("/dev/null").rejected().isPresent());
        assertTrue(virtlet("/var/log/pods/Shop_web-0_u/main/2.log").rejected().isPresent());
    }

    @Test
    void kubevirtIsAskedOnlyIfItIsConfigured() {
        String metadata = "<k:kubevirt xmlns:k='http://kubevirt.io'><k:uid>u-7</k:uid></k:kubevirt>";
        DomainName domain = new DomainName(UUID, "shop_web");
        String xml = xml(metadata, "");

        Placement off = ConfigSettings.parsed().reader().read(domain, xml).placement();
        Placement on = ConfigSettings.parsed("identity.resolvers = [kubevirt]")
                .reader()
                .read(domain, xml)
                .placement();

        assertEquals("virtual-machines", off.sandbox().namespace());
        assertEquals(
                "shop/web u-7 compute",
                on.sandbox().namespace() + "/" + on.sandbox().name() + " "
                        + on.sandbox().uid() + " " + on.containerName());
    }

    @Test
    void theFirstResolverThatKnowsWins() {
        String xml = xml("<g:pod xmlns:g='urn:vmgauge:pod:1' namespace='shop' name='web-0'/>", "");
        DomainName domain = new DomainName(UUID, "vm1");

        Placement placement = ConfigSettings.parsed("identity.resolvers = [standalone, vmgauge]")
                .reader()
                .read(domain, xml)
                .placement();

        assertEquals("virtual-machines", placement.sandbox().namespace());
    }

    @Test
    void aStandaloneDomainIsAPodOfItsOwn() {
        Placement placement = read("My VM", xml("", "")).placement();

        assertEquals("virtual-machines", placement.sandbox().namespace());
        assertEquals(
                "my-vm-537e0aa0954f45b687404f5d4a40b4ae", placement.sandbox().name());
        assertEquals(UUID, placement.sandbox().uid());
        assertEquals(UUID, placement.container().value());
        assertNotEquals(UUID, placement.sandbox().id().value());
        assertEquals("vm", placement.containerName());
    }

    /** The old path does not name the pod, and the name of the domain is no pod's. */
    @Test
    void virtletsPodThatIsNamedAfterItsDomainIsCalledLikeNoOther() {
        String name = "virtlet-537E0AA0-954f-main";
        Placement virtlet =
                virtlet(name, "/var/log/pods/5f0c7d1e-1111/main_4.log").placement();
        Placement other = ConfigSettings.parsed()
                .reader()
                .read(new DomainName("537e0aa0-954f-45b6-8740-4f5d4a40b4af", name.replace('-', ':')), xml("", ""))
                .placement();

        assertEquals(
                "virtlet-537e0aa0-954f-main-537e0aa0954f45b687404f5d4a40b4ae",
                virtlet.sandbox().name());
        assertEquals(
                "virtlet-537e0aa0-954f-main-537e0aa0954f45b687404f5d4a40b4af",
                other.sandbox().name());
    }

    private static void assertRejected(Definition definition) {
        assertTrue(definition.rejected().orElseThrow().startsWith("vmgauge identity: "), definition::toString);
        assertEquals("virtual-machines", definition.placement().sandbox().namespace());
    }

    private static Definition vmgauge(String metadata) {
        return read("vm1", xml(metadata, ""));
    }

    private static Definition virtlet(String path) {
        return virtlet("virtlet-537e0aa0-954f-main", path);
    }

    private static Definition virtlet(String name, String path) {
        return read(
                name,
                xml(
                        "",
                        """
                <q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>
                <q:env name='VIRTLET_CONTAINER_ID' value='%s'/><q:env name='VIRTLET_CONTAINER_LOG_PATH' value='%s'/>
                </q:commandline>"""
                                .formatted(UUID, path)));
    }

    private static Definition read(String name, String xml) {
        return ConfigSettings.parsed().reader().read(new DomainName(UUID, name), xml);
    }

    private static String xml(String metadata, String more) {
        return "<domain type='kvm'><metadata>%s</metadata>%s</domain>".formatted(metadata, more);
    }
}
