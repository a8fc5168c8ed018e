package io.vmgauge.adapters.libvirt.definition;

import io.vmgauge.domain.text.SafeText;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.ErrorHandler;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * An element of a domain's XML. libvirt wrote it, but tenants wrote parts of it. So nothing is expanded, fetched or
 * followed. Its size, its depth and the number of its parts are bounded. Nothing of it stays in the parser.
 */
final class DomainXml {
    private static final int LONGEST = 1 << 20;
    /** The elements of a disk chain lie one in another; libvirt itself parses no more. */
    private static final String MOST_DEPTH = "256";
    /** Elements and attributes together: each takes a hundred bytes in memory, however short its text is. */
    private static final int MOST_PARTS = 20_000;
    /** An ordinary definition has a tenth of it. */
    private static final int LARGE = 1 << 16;

    /** One for all: making it takes longer than parsing a definition. */
    private static @Nullable DocumentBuilder kept;

    private final Element element;

    private DomainXml(Element element) {
        this.element = element;
    }

    static DomainXml parse(String xml) throws BadDefinition {
        if (xml.length() > LONGEST) {
            throw new BadDefinition("its XML is longer than " + LONGEST + " characters");
        }
        if (xml.chars().filter(c -> c == '<' || c == '=').count() > MOST_PARTS) {
            throw new BadDefinition("its XML has more than " + MOST_PARTS + " elements and attributes");
        }
        try {
            return new DomainXml(document(xml).getDocumentElement());
        } catch (SAXException | IOException e) {
            throw new BadDefinition("its XML cannot be parsed: " + SafeText.line(String.valueOf(e.getMessage())));
        }
    }

    /**
     * A parser's memory grows with the longest document that it has seen. So a parser is dropped after one long
     * document.
     */
    private static synchronized Document document(String xml) throws SAXException, IOException {
        DocumentBuilder parser = kept == null ? parser() : kept;
        kept = xml.length() < LARGE ? parser : null;
        return parser.parse(new InputSource(new StringReader(xml)));
    }

    private static DocumentBuilder parser() {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultNSInstance();
        try {
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            factory.setFeature("http://xml.org/sax/features/external-general-entities", false);
            factory.setFeature("http://xml.org/sax/features/external-parameter-entities", false);
            factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
            factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
            factory.setAttribute("jdk.xml.maxElementDepth", MOST_DEPTH);
            // Otherwise the parser keeps each name that it has ever seen.
            factory.setFeature("jdk.xml.resetSymbolTable", true);
            // Definitions are small, and half of each is read.
            factory.setFeature("http://apache.org/xml/features/dom/defer-node-expansion", false);
            factory.setXIncludeAware(false);
            factory.setExpandEntityReferences(false);
            DocumentBuilder parser = factory.newDocumentBuilder();
            parser.setErrorHandler(new Strict());
            return parser;
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("the JDK's XML parser has changed", e);
        }
    }

    /** The first child of that name without a namespace. */
    Optional<DomainXml> child(String name) {
        return children("", name).stream().findFirst();
    }

    List<DomainXml> children(String name) {
        return children("", name);
    }

    /** @param namespace empty for none */
    List<DomainXml> children(String namespace, String name) {
        List<DomainXml> found = new ArrayList<>();
        for (Node node = element.getFirstChild(); node != null; node = node.getNextSibling()) {
            String theirs = node.getNamespaceURI();
            if (node instanceof Element child
                    && namespace.equals(theirs == null ? "" : theirs)
                    && name.equals(child.getLocalName())) {
                found.add(new DomainXml(child));
            }
        }
        return found;
    }

    /** Absent if there is no such attribute, or it is empty. */
    Optional<String> attribute(String name) {
        String value = element.getAttribute(name);
        return value.isEmpty() ? Optional.empty() : Optional.of(value);
    }

    String text() {
        return element.getTextContent();
    }

    /** The parser's own handler prints to the terminal. */
    private static final class Strict implements ErrorHandler {
        @Override
        public void warning(SAXParseException e) {}

        @Override
        public void error(SAXParseException e) throws SAXException {
            throw e;
        }

        @Override
        public void fatalError(SAXParseException e) throws SAXException {
            throw e;
        }
    }
}
