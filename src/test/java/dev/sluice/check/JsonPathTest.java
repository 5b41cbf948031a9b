package dev.sluice.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonPathTest {
    private static final String BODY = """
            {"data": {"items": [{"id": 7, "tags": [["a", "b"]]}, {"id": 8.5}], "none": null},
             "ok": true, "state": "open=wide", "größe": "groß"}
            """;

    @ParameterizedTest
    @CsvSource({
        "data, true",
        "data.items[0].id, true",
        "data.items[0].id=7, true",
        "data.items[0].id=8, false",
        "data.items[1].id=8.5, true",
        "data.items[2].id, false",
        "data.items[0].tags[0][1]=b, true",
        "data.items=7, false",
        "data.items.id, false",
        "data[0], false",
        "data.none, true",
        "data.none=null, true",
        "ok=true, true",
        "ok=false, false",
        "state=open=wide, true",
        "state=, false",
        "größe=groß, true",
        "gone, false"
    })
    void aMemberIsFoundWhereItIs(String path, boolean found) {
        assertThat(JsonPath.parse(path).isIn(bytes(BODY))).isEqualTo(found);
    }

    @Test
    void aDocumentMayBeAnArray() {
        assertThat(JsonPath.parse("[1].id=2").isIn(bytes("[{\"id\":1},{\"id\":2}]")))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html>", "{\"a\":1", "{\"a\":1} <script>", "{\"a\":1}{\"a\":1}", "nul"})
    void whatIsNotOneDocumentHasNoMember(String body) {
        assertThat(JsonPath.parse("a").isIn(bytes(body))).isFalse();
    }

    @Test
    void aDocumentOfTooManyFloorsHasNoMember() {
        assertThat(JsonPath.parse("[0]").isIn(bytes("[".repeat(30_000) + "]".repeat(30_000))))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "=7",
                ".a",
                "a.",
                "a..b",
                "a[",
                "a[]",
                "a[x]",
                "a[-1]",
                "a[1",
                "a]",
                "a[1]b",
                "a[9999999]",
                "a.[0]"
            })
    void whatIsNoPathIsRefused(String path) {
        assertThatThrownBy(() -> JsonPath.parse(path))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("json-path: " + path + " (expected: ");
    }

    @Test
    void pathsAreBounded() {
        assertThatThrownBy(() -> JsonPath.parse("a".repeat(513))).hasMessageContaining("513 characters");
        assertThatThrownBy(() -> JsonPath.parse("a" + ".a".repeat(32))).isInstanceOf(IllegalArgumentException.class);
        assertThat(JsonPath.parse("a" + ".a".repeat(31)).steps()).hasSize(32);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
