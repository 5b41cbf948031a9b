package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.SourceKind;
import dev.sluice.parse.ListFormat;
import dev.sluice.proxy.Scheme;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SourceAddressTest {
    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "https://h.example/http.txt, HTTP",
                "https://h.example/SOCKS5_RAW.txt, SOCKS5",
                "https://h.example/proxies-socks4.txt?raw=1, SOCKS4",
                "https://h.example/proxies/protocols/https/data.json, HTTPS",
                "https://h.example/api/v1/get?type=socks4, SOCKS4",
                "https://h.example/v2/?request=displayproxies&protocol=http&timeout=1, HTTP",
                "https://socks5.example/list.txt, -",
                "https://h.example/http-and-socks5.txt, -",
                "https://h.example/list?protocol=all, -",
                "https://h.example, -",
                "lists/socks4/today.txt, SOCKS4",
            })
    void anAddressMayTellTheProtocol(String url, @Nullable Scheme expected) {
        assertThat(address(SourceKind.TEXT, url, null).protocol()).isEqualTo(expected);
    }

    @Test
    void theProtocolInFrontWinsOverTheSourcesOwnAndThatOverTheAddress() {
        SourceAddress written = address(SourceKind.TEXT, "socks5|https://h.example/http.txt", Scheme.SOCKS4);

        assertThat(written.protocol()).isEqualTo(Scheme.SOCKS5);
        assertThat(written.location()).isEqualTo("https://h.example/http.txt");
        assertThat(address(SourceKind.TEXT, "https://h.example/http.txt", Scheme.SOCKS4)
                        .protocol())
                .isEqualTo(Scheme.SOCKS4);
    }

    @Test
    void aBarWithoutAProtocolBelongsToTheAddress() {
        assertThat(address(SourceKind.FILE, "lists/a|b.txt", null).location()).isEqualTo("lists/a|b.txt");
    }

    @Test
    void theFormatFollowsFromKindOrFileName() {
        assertThat(address(SourceKind.GEONODE, "https://h.example/x", null).format())
                .isEqualTo(ListFormat.JSON);
        assertThat(address(SourceKind.PROXYSCRAPE, "https://h.example/?format=json", null)
                        .format())
                .isEqualTo(ListFormat.JSON);
        assertThat(address(SourceKind.PROXYSCRAPE, "https://h.example/v2/", null)
                        .format())
                .isEqualTo(ListFormat.AUTO);
        assertThat(address(SourceKind.PROXIFLY, "https://h.example/data.csv?x=1", null)
                        .format())
                .isEqualTo(ListFormat.CSV);
        assertThat(address(SourceKind.FILE, "lists/today.JSON", null).format()).isEqualTo(ListFormat.JSON);
        assertThat(address(SourceKind.FILE, "lists/today", null).format()).isEqualTo(ListFormat.AUTO);
        assertThat(address(SourceKind.FREE_PROXY_LIST, "https://h.example/", null)
                        .format())
                .isEqualTo(ListFormat.HTML_TABLE);
    }

    private static SourceAddress address(SourceKind kind, String url, @Nullable Scheme protocol) {
        return SourceAddress.of(SourceConfigs.of(kind, url).protocol(protocol).build())
                .get(0);
    }
}
