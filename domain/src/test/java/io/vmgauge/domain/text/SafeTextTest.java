package io.vmgauge.domain.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafeTextTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "a", "cannot read /dev/vda", "ümläut 漢字 😀"})
    void textThatIsSafeStaysAsItIs(String text) {
        assertEquals(text, SafeText.line(text));
    }

    @Test
    void lineEndsAndTabsBecomeSpaces() {
        assertEquals("one two three  four", SafeText.line("one\ntwo\tthree\r\nfour\n"));
        assertEquals("a b c", SafeText.line("a\u2028b\u2029c"));
    }

    @Test
    void whatRepaintsOrReordersBecomesAQuestionMark() {
        assertEquals("?[31mred?", SafeText.line("\u001b[31mred\u0000"));
        assertEquals("?txt.exe", SafeText.line("\u202etxt.exe"));
        assertEquals("?", SafeText.line("\ud800"));
        assertEquals("a?b?", SafeText.line("a\u200bb\ue000"));
    }

    @Test
    void longTextIsCutByCharactersAndSaysSo() {
        assertEquals("x".repeat(300), SafeText.line("x".repeat(300)));
        assertEquals("x".repeat(300) + "…", SafeText.line("x".repeat(301)));
        assertEquals("😀😀…", SafeText.line("😀😀😀", 2));
        assertEquals("ab", SafeText.line("  ab  ", 2));
    }

    @Test
    void aNameIsShorterThanALine() {
        assertEquals("x".repeat(80), SafeText.name("x".repeat(80)));
        assertEquals("x".repeat(80) + "…", SafeText.name("x".repeat(10_000)));
    }
}
