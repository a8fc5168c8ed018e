package io.vmgauge.adapters.libvirt.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmgauge.adapters.libvirt.ConfigSettings;
import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.domain.DomainName;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.ports.testkit.ManualTime;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DefinitionsTest {
    private static final DomainName DOMAIN = new DomainName("537e0aa0-954f-45b6-8740-4f5d4a40b4ae", "vm1");
    private final ManualTime time = new ManualTime();
    private final Definitions definitions = new Definitions(
            ConfigSettings.parsed().reader(), ConfigSettings.parsed().refresh(), time);
    private final AtomicInteger asked = new AtomicInteger();

    @Test
    void aDefinitionIsRememberedForAMinuteOrSo() throws VirtException {
        assertEquals("shop/web-0", pod(1, () -> xml("web-0")));
        time.advance(Duration.ofSeconds(44));
        assertEquals("shop/web-0", pod(1, () -> xml("web-1")));
        time.advance(Duration.ofSeconds(32));
        assertEquals("shop/web-1", pod(1, () -> xml("web-1")));
        assertEquals(2, asked.get());
    }

    @Test
    void whoWantsItAsItIsNowGetsItSoAndSoDoAllOthersThen() throws VirtException {
        assertEquals("shop/web-0", pod(1, () -> xml("web-0")));
        assertEquals(
                "web-1",
                definitions
                        .update(() -> xml("web-1"), DOMAIN, new Incarnation(1))
                        .orElseThrow()
                        .placement()
                        .sandbox()
                        .name());
        assertEquals("shop/web-1", pod(1, () -> xml("web-2")));
    }

    @Test
    void aDefinitionThatCannotBeHadForTheMomentIsTheLastOneAndIsAskedForAgain() throws VirtException {
        pod(1, () -> xml("web-0"));
        time.advance(Duration.ofSeconds(76));
        for (int second = 0; second < 15; second++) {
            assertEquals("shop/web-0", pod(1, () -> {
                throw failed();
            }));
            time.advance(Duration.ofSeconds(1));
        }
        assertEquals(1 + 3, asked.get());
        assertEquals("shop/web-1", pod(1, () -> xml("web-1")));
    }

    @Test
    void anotherLifeIsNotTakenForTheLastOneAndIsAskedForAgain() throws VirtException {
        pod(1, () -> xml("web-0"));
        assertEquals("virtual-machines/vm1", pod(2, () -> {
            throw failed();
        }));
        time.advance(Duration.ofSeconds(5));
        assertEquals("shop/web-1", pod(2, () -> xml("web-1")));
    }

    @Test
    void aDomainThatIsGoneHasNoDefinition() throws VirtException {
        pod(1, () -> xml("web-0"));
        time.advance(Duration.ofSeconds(76));
        assertEquals(
                Optional.empty(),
                definitions.of(
                        () -> {
                            throw gone();
                        },
                        DOMAIN,
                        new Incarnation(1)));
    }

    @Test
    void aLostConnectionIsNoTroubleOfTheDomain() throws VirtException {
        pod(1, () -> xml("web-0"));
        time.advance(Duration.ofSeconds(76));
        assertThrows(
                VirtException.class,
                () -> pod(1, () -> {
                    throw connectionLost();
                }));
        assertEquals("shop/web-1", pod(1, () -> xml("web-1")));
    }

    private String pod(int life, Definitions.Source source) throws VirtException {
        return definitions
                .of(
                        () -> {
                            asked.incrementAndGet();
                            return source.xml();
                        },
                        DOMAIN,
                        new Incarnation(life))
                .map(definition -> definition.placement().sandbox())
                .map(sandbox -> sandbox.namespace() + "/" + sandbox.name())
                .orElseThrow();
    }

    private static String xml(String pod) {
        return "<domain><metadata><v:pod xmlns:v='urn:vmgauge:pod:1' namespace='shop' name='" + pod
                + "'/></metadata></domain>";
    }

    // The numbers are from libvirt/virterror.h.

    private static VirtException failed() {
        return new VirtException(1, 10, "something inside");
    }

    private static VirtException gone() {
        return new VirtException(42, 10, "no such domain");
    }

    private static VirtException connectionLost() {
        return new VirtException(38, 7, "broken pipe");
    }
}
