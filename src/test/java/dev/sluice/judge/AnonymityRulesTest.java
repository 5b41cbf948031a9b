package dev.sluice.judge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proxy.Anonymity;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnonymityRulesTest {
    private static final List<HeaderField> SENT = List.of(
            new HeaderField("Host", "198.51.100.77:8080"),
            new HeaderField("User-Agent", "Sluice"),
            new HeaderField("Accept", "*/*"),
            new HeaderField("Connection", "close"));
    private static final Set<String> OWN = Set.of("198.51.100.77", "2001:db8::77");
    private static final String EXIT = "203.0.113.5";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "X-Forwarded-For | 198.51.100.77",
                "X-Forwarded-For | 10.0.0.1, 198.51.100.77",
                "X-Forwarded-For | 198.51.100.77:51234",
                "X-Forwarded-For | 198.051.100.077",
                "X-Forwarded-For | ::ffff:198.51.100.77",
                "X-Forwarded-For | ::ffff:c633:644d",
                "Forwarded | for=\"[2001:db8::77]:4711\"",
                "Forwarded | for=\"[2001:0DB8:0:0:0:0:0:77]\"",
                "X-Anything | id=c633644d;",
                "X-Anything | 0xC633644D",
                "X-Anything | 3325256781",
                "X-Anything | 20010db8000000000000000000000077",
                "Via | 1.1 host-198-51-100-77.isp.example",
                "Cookie | a=198.51.100.77",
                "User-Agent | Sluice 198.51.100.77"
            })
    void ourAddressInAnyFormIsTransparent(String name, String value) {
        assertThat(judge(with(name, value), EXIT)).isEqualTo(Anonymity.TRANSPARENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"198.51.100.77", "::ffff:198.51.100.77", "2001:db8::77", "2001:db8:0:0::77"})
    void comingFromOurOwnAddressIsTransparent(String peer) {
        assertThat(judge(SENT, peer)).isEqualTo(Anonymity.TRANSPARENT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Via | 1.1 squid",
                "Forwarded | for=unknown",
                "X-Forwarded-For | unknown",
                "X-Forwarded-Proto | http",
                "X-Real-IP | 192.0.2.1",
                "X-Proxy-ID | 7",
                "Proxy-Connection | keep-alive",
                "Proxy-Authorization | Basic eA==",
                "client-ip | 192.0.2.1",
                "True-Client-IP | 192.0.2.1",
                "CF-Connecting-IP | 192.0.2.1",
                "X-ProxyUser-Ip | 192.0.2.1",
                "X-Cluster-Client-IP | 192.0.2.1",
                "Cache-Control | max-age=259200",
                "Accept-Language | en",
                "X-Forwarded-For | 198.51.100.7",
                "X-Forwarded-For | 198.51.100.177",
                "X-Forwarded-For | 8198.51.100.77",
                "Connection | Proxy-Connection"
            })
    void aTraceOfAProxyIsAnonymous(String name, String value) {
        assertThat(judge(with(name, value), EXIT)).isEqualTo(Anonymity.ANONYMOUS);
    }

    @Test
    void whatArrivesAsSentIsEliteEvenIfTheJudgeStandsOnOurOwnAddress() {
        assertThat(judge(SENT, EXIT)).isEqualTo(Anonymity.ELITE);
    }

    @Test
    void orderCaseAndTheHopsOwnHeaderDoNotMatter() {
        List<HeaderField> arrived = List.of(
                new HeaderField("connection", "keep-alive"),
                new HeaderField("accept", "*/*"),
                new HeaderField("host", "198.51.100.77"),
                new HeaderField("user-agent", "Sluice"));

        assertThat(judge(arrived, EXIT)).isEqualTo(Anonymity.ELITE);
        assertThat(judge(arrived.subList(1, 4), EXIT)).isEqualTo(Anonymity.ELITE);
    }

    @Test
    void aHeaderThatIsGoneOrRewrittenIsAnonymous() {
        assertThat(judge(SENT.subList(0, 2), EXIT)).isEqualTo(Anonymity.ANONYMOUS);
        List<HeaderField> rewritten = new ArrayList<>(SENT);
        rewritten.set(1, new HeaderField("User-Agent", "Other"));
        assertThat(judge(rewritten, EXIT)).isEqualTo(Anonymity.ANONYMOUS);
    }

    @Test
    void nothingIsKnownWithoutOurAddresses() {
        assertThat(AnonymityRules.judge(SENT, SENT, Set.of(), EXIT)).isEqualTo(Anonymity.UNKNOWN);
        assertThat(AnonymityRules.judge(SENT, SENT, OWN, "elsewhere")).isEqualTo(Anonymity.UNKNOWN);
    }

    private static Anonymity judge(List<HeaderField> arrived, String peer) {
        return AnonymityRules.judge(SENT, arrived, OWN, peer);
    }

    private static List<HeaderField> with(String name, String value) {
        List<HeaderField> arrived = new ArrayList<>(SENT);
        arrived.add(new HeaderField(name.trim(), value.trim()));
        return arrived;
    }
}
