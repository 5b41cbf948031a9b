package dev.sluice.parse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proxy.Credentials;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Ugly lines, and what must come of each. */
class DirtyOracleTest {
    @Test
    void everyInventedUglyLineGivesWhatTheTableSays() throws IOException {
        check(
                resource("/dirty/dirty.txt"),
                new String(resource("/dirty/dirty.expected.tsv"), StandardCharsets.UTF_8),
                60);
    }

    @Test
    void everyUglyLineOfTheWildGivesWhatTheTableSays() throws IOException {
        Path folder = TestLists.folder().resolve("dirty");
        check(
                Files.readAllBytes(folder.resolve("dirty.txt")),
                Files.readString(folder.resolve("dirty.expected.tsv")),
                100);
    }

    private static void check(byte[] text, String table, int atLeast) {
        List<String> differences = new ArrayList<>();
        int rows = 0;
        for (int piece : new int[] {1, 7, text.length}) {
            Collected collected = Collected.of(ListFormat.TEXT, text, piece);
            String[] lines = table.lines().toArray(String[]::new);
            List<String> names = List.of(lines[0].split("\t"));
            rows = lines.length - 1;
            for (int i = 1; i < lines.length; i++) {
                String[] cells = lines[i].split("\t", -1);
                long line = Long.parseLong(cells[names.indexOf("line")]);
                String expected = expected(names, cells);
                String actual = actual(collected, line);
                if (!expected.equals(actual)) {
                    differences.add("line " + line + ": " + actual + " (expected: " + expected + ") "
                            + cells[names.indexOf("policy")]);
                }
            }
        }
        assertThat(differences).isEmpty();
        assertThat(rows).isGreaterThanOrEqualTo(atLeast);
    }

    private static String expected(List<String> names, String[] cells) {
        String verdict = cells[names.indexOf("verdict")];
        if (!verdict.equals("ACCEPT")) {
            return verdict.equals("DUPLICATE") ? "DUPLICATE" : cells[names.indexOf("reason")];
        }
        List<String> parts = new ArrayList<>();
        for (String name : List.of("protocol", "host", "port", "user", "password", "country")) {
            parts.add(cells[names.indexOf(name)].replace("(empty)", ""));
        }
        return String.join(" ", parts);
    }

    private static String actual(Collected collected, long line) {
        for (Collected.Accepted accepted : collected.accepted) {
            if (accepted.line() == line) {
                Entry entry = accepted.entry();
                Credentials credentials = entry.credentials();
                return text(entry.protocol())
                        + ' '
                        + entry.host()
                        + ' '
                        + entry.port()
                        + ' '
                        + (credentials == null ? "-" : credentials.user())
                        + ' '
                        + (credentials == null ? "-" : credentials.password().reveal())
                        + ' '
                        + text(entry.country());
            }
        }
        for (Collected.Refused refused : collected.refused) {
            if (refused.line() == line) {
                return refused.reason()
                        + (refused.detail().isEmpty() || refused.reason() != Rejection.NON_PUBLIC
                                ? ""
                                : ":" + refused.detail());
            }
        }
        return "nothing";
    }

    private static String text(@Nullable String value) {
        return value == null ? "-" : value;
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream stream = DirtyOracleTest.class.getResourceAsStream(name)) {
            assertThat(stream).as(name).isNotNull();
            return stream.readAllBytes();
        }
    }
}
