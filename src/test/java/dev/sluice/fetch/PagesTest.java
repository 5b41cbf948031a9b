package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.SourceKind;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PagesTest {
    @Test
    void proxyScrapeSkipsWhatItHasShownUntilThereIsNoNextPage() {
        Pages pages = Pages.of(SourceKind.PROXYSCRAPE, "https://h.example/get?format=json&limit=2");

        assertThat(pages.current()).isEqualTo("https://h.example/get?format=json&limit=2");
        assertThat(pages.advance(envelope("{\"nextpage\":true,\"proxies\":[{\"a\":{}},{\"b\":[{}]}]}"), 2))
                .isTrue();
        assertThat(pages.current()).isEqualTo("https://h.example/get?format=json&limit=2&skip=2");
        assertThat(pages.advance(envelope("{\"nextpage\":true,\"proxies\":[{}]}"), 1))
                .isTrue();
        assertThat(pages.current()).endsWith("&skip=3");
        assertThat(pages.advance(envelope("{\"proxies\":[{}],\"nextpage\":false}"), 1))
                .isFalse();
    }

    @Test
    void withoutNextPageTheTotalEndsIt() {
        Pages pages = Pages.of(SourceKind.PROXYSCRAPE, "https://h.example/get?skip=5&format=json");

        assertThat(pages.advance(envelope("{\"total_records\":7,\"proxies\":[{}]}"), 1))
                .isTrue();
        assertThat(pages.current()).isEqualTo("https://h.example/get?skip=6&format=json");
        assertThat(pages.advance(envelope("{\"total_records\":7,\"proxies\":[{}]}"), 1))
                .isFalse();
    }

    @Test
    void textHasNoPages() {
        assertThat(Pages.of(SourceKind.PROXYSCRAPE, "https://h.example/v2/").advance(envelope("192.0.2.1:80\n"), 1))
                .isFalse();
        Pages single = Pages.of(SourceKind.TEXT, "https://h.example/http.txt");
        assertThat(single.paged()).isFalse();
        assertThat(single.advance(envelope("192.0.2.1:80\n"), 1)).isFalse();
    }

    @Test
    void geonodeCountsPagesUntilTheTotalIsReached() {
        Pages pages = Pages.of(SourceKind.GEONODE, "https://h.example/api?limit=2&page=1&sort=x");

        assertThat(pages.advance(envelope("{\"data\":[{},{}],\"total\":5,\"page\":1,\"limit\":2}"), 2))
                .isTrue();
        assertThat(pages.current()).isEqualTo("https://h.example/api?limit=2&page=2&sort=x");
        assertThat(pages.advance(envelope("{\"data\":[{},{}],\"total\":5,\"page\":2,\"limit\":2}"), 2))
                .isTrue();
        assertThat(pages.advance(envelope("{\"data\":[{}],\"total\":5,\"page\":3,\"limit\":2}"), 1))
                .isFalse();
    }

    @Test
    void anEmptyPageOrOneWithoutNewsEndsIt() {
        String url = "https://h.example/api";
        assertThat(Pages.of(SourceKind.GEONODE, url).advance(envelope("{\"data\":[]}"), 0))
                .isFalse();
        assertThat(Pages.of(SourceKind.GEONODE, url).advance(envelope("{\"data\":[{}]}"), 0))
                .isFalse();
        assertThat(Pages.of(SourceKind.GEONODE, url).advance(envelope("{\"data\":[],\"x\":{}}"), 1))
                .isFalse();
    }

    @Test
    void aPlaceholderCountsPagesOfAnyKind() {
        Pages pages = Pages.of(SourceKind.TEXT, "https://h.example/list/{page}.txt");

        assertThat(pages.current()).isEqualTo("https://h.example/list/1.txt");
        assertThat(pages.advance(envelope("192.0.2.1:80\n"), 1)).isTrue();
        assertThat(pages.current()).isEqualTo("https://h.example/list/2.txt");
    }

    @Test
    void theEnvelopeIsReadInPiecesOfAnySize() {
        String page =
                "{\"total\": 12, \"nextpage\":true, \"data\":[{\"port\":\"1\",\"total\":99},{\"a\":[1,2]}], \"limit\":\"500\"}";
        for (int piece = 1; piece < page.length(); piece++) {
            PageEnvelope envelope = new PageEnvelope();
            byte[] bytes = page.getBytes(StandardCharsets.UTF_8);
            for (int from = 0; from < bytes.length; from += piece) {
                envelope.feed(bytes, from, Math.min(piece, bytes.length - from));
            }
            assertThat(envelope.isJson()).isTrue();
            assertThat(envelope.number("total")).isEqualTo(12);
            assertThat(envelope.number("limit")).isEqualTo(500);
            assertThat(envelope.number("skip")).isEqualTo(-1);
            assertThat(envelope.truth("nextpage")).isTrue();
            assertThat(envelope.records()).isEqualTo(2);
        }
    }

    private static PageEnvelope envelope(String text) {
        PageEnvelope envelope = new PageEnvelope();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        envelope.feed(bytes, 0, bytes.length);
        return envelope;
    }
}
