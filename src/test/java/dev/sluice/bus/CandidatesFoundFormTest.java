package dev.sluice.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.message.Candidate;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CandidatesFoundFormTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochMilli(1_000_000));

    private static List<String> urls(AddressPolicy admission, Object... proxies) {
        JsonObject json = new JsonObject().put("source", "s").put("proxies", new JsonArray(List.of(proxies)));
        return new CandidatesFoundForm(admission, CLOCK)
                .decode(json).candidates().stream()
                        .map(Candidate::key)
                        .map(key -> key.urlWithCredentials())
                        .toList();
    }

    private static String refusal(String json) {
        CandidatesFoundForm form = new CandidatesFoundForm(AddressPolicy.PUBLIC, CLOCK);
        try {
            form.decode(new JsonObject(json));
        } catch (IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
        return "accepted";
    }

    @ParameterizedTest
    @CsvSource({
        "http://8.8.4.4:80, http://8.8.4.4:80",
        "SOCKS4://8.8.4.4:1/, socks4://8.8.4.4:1",
        "https://Proxy.Example.COM.:443, https://proxy.example.com:443",
        "socks5://[2606:4700:0:0::1111]:1080, socks5://[2606:4700::1111]:1080",
        "socks5://[::ffff:8.8.4.4]:1080, socks5://8.8.4.4:1080",
        "http://a+b:c%3Ad@8.8.4.4:80, http://a%2Bb:c%3Ad@8.8.4.4:80",
        "http://user:p@ss@8.8.4.4:80, http://user:p%40ss@8.8.4.4:80",
        "unknown://8.8.4.4:80, unknown://8.8.4.4:80",
    })
    void urlsAreReadToTheirCanonicalForm(String given, String canonical) {
        assertThat(urls(AddressPolicy.PUBLIC, given)).containsExactly(canonical);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:80",
                "http://[::1]:80",
                "http://[::ffff:10.0.0.1]:80",
                "http://[64:ff9b::7f00:1]:80",
                "http://192.168.1.1:80",
                "http://169.254.169.254:80",
                "http://127.1:80",
                "http://0x7f.0.0.1:80",
                "http://0x7f000001:80",
                "http://2130706433:80",
                "http://010.0.0.1:80",
                "http://1.2.3.4.:80",
                "http://localhost:80",
                "http://metadata:80",
            })
    void whatCanNotBeAPublicProxyIsRefused(String url) {
        assertThatThrownBy(() -> urls(AddressPolicy.PUBLIC, "http://8.8.4.4:80", url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("proxies[1]: ");
        assertThatThrownBy(() -> urls(
                        AddressPolicy.PUBLIC,
                        new JsonObject()
                                .put("scheme", "http")
                                .put("host", url.substring(7, url.lastIndexOf(':')))
                                .put("port", 80)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("proxies[0].host: ");
    }

    @Test
    void whatTheRulesAdmitIsAccepted() {
        assertThat(urls(new AddressPolicy(List.of(Cidr.parse("127.0.0.0/8")), false), "http://127.0.0.1:80"))
                .containsExactly("http://127.0.0.1:80");
        assertThat(urls(new AddressPolicy(List.of(), true), "http://10.0.0.1:80", "http://db:80"))
                .containsExactly("http://10.0.0.1:80", "http://db:80");
    }

    @Test
    void duplicatesAreDropped() {
        assertThat(urls(AddressPolicy.PUBLIC, "http://8.8.4.4:80", "HTTP://[::ffff:8.8.4.4]:80"))
                .hasSize(1);
    }

    @Test
    void everyMistakeNamesItsField() {
        assertThat(refusal("{}")).isEqualTo("source: missing (expected: a name)");
        assertThat(refusal("{\"source\": 1}")).isEqualTo("source: a number (expected: a name)");
        assertThat(refusal("{\"source\": \"A\"}")).startsWith("source: A (expected: a name such as");
        assertThat(refusal("{\"source\": \"s\"}")).isEqualTo("proxies: missing (expected: 1..5000 proxies)");
        assertThat(refusal("{\"source\": \"s\", \"proxies\": []}")).isEqualTo("proxies: 0 (expected: 1..5000 proxies)");
        assertThat(refusal("{\"source\": \"s\", \"proxies\": {}}"))
                .isEqualTo("proxies: an object (expected: 1..5000 proxies)");
        assertThat(refusal("{\"source\": \"s\", \"prxies\": []}"))
                .isEqualTo("prxies: unknown field (expected: source, fetched_at, proxies)");
        assertThat(refusal("{\"source\": \"s\", \"proxies\": [null]}"))
                .isEqualTo("proxies[0]: null (expected: a text or an object)");
        assertThat(refusal("{\"source\": \"s\", \"proxies\": [\"8.8.4.4:80\"]}"))
                .isEqualTo("proxies[0]: 8.8.4.4:80 (expected: scheme://[user:password@]host:port)");
        assertThat(refusal("{\"source\": \"s\", \"proxies\": [\"ftp://8.8.4.4:80\"]}"))
                .isEqualTo("proxies[0]: scheme ftp (expected: http, https, socks4, socks5, unknown)");
        assertThat(refusal("{\"source\": \"s\", \"proxies\": [\"http://8.8.4.4:0\"]}"))
                .isEqualTo("proxies[0]: port 0 (expected: 1..65535)");
        assertThat(refusal(
                        "{\"source\": \"s\", \"proxies\": [{\"scheme\": \"http\", \"host\": \"8.8.4.4\", \"port\": 80,"
                                + " \"country\": \"de\"}]}"))
                .isEqualTo("proxies[0].country: de (expected: two capital letters)");
        assertThat(refusal(
                        "{\"source\": \"s\", \"proxies\": [{\"scheme\": \"http\", \"host\": \"8.8.4.4\", \"port\": 80,"
                                + " \"capabilities\": [\"ftp\"]}]}"))
                .isEqualTo("proxies[0].capabilities[0]: ftp (expected: http, https)");
        assertThat(refusal("{\"source\": \"s\", \"fetched_at\": \"2030-01-01T00:00:00Z\", \"proxies\":"
                        + " [\"http://8.8.4.4:80\"]}"))
                .startsWith("fetched_at: 2030-01-01T00:00:00Z (expected: a time such as");
    }

    @Test
    void noRefusalShowsAPassword() {
        String longPassword = "hunter2".repeat(50);
        assertThat(refusal("{\"source\": \"s\", \"proxies\": [\"http://u:hunter2@8.8.4.4\"]}"))
                .doesNotContain("hunter");
        assertThat(refusal("{\"source\": \"s\", \"proxies\": [\"http://u:hunter2%zz@8.8.4.4:80\"]}"))
                .isEqualTo("proxies[0]: credentials that can't be read (expected: percent-encoded, up to 255 characters"
                        + " each)");
        assertThat(refusal(
                        "{\"source\": \"s\", \"proxies\": [{\"scheme\": \"http\", \"host\": \"8.8.4.4\", \"port\": 80,"
                                + " \"password\": \"" + longPassword + "\"}]}"))
                .isEqualTo("proxies[0].password: 350 characters (expected: 0..255)");
    }

    @Test
    void moreThanABatchIsRefused() {
        JsonArray proxies = new JsonArray();
        for (int i = 0; i < 5_001; i++) {
            proxies.add("http://8.8.4.4:" + (i + 1));
        }
        assertThat(refusal(new JsonObject()
                        .put("source", "s")
                        .put("proxies", proxies)
                        .encode()))
                .isEqualTo("proxies: 5001 (expected: 1..5000 proxies)");
    }
}
