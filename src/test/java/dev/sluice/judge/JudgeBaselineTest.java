package dev.sluice.judge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proxy.Anonymity;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Anonymity before pages that stand behind machines of their own. */
class JudgeBaselineTest {
    private static final String US = "198.51.100.77";
    private static final String EXIT = "203.0.113.5";
    private static final List<HeaderField> SENT = List.of(
            field("Host", "page.example"),
            field("Accept", "*/*"),
            field("Accept-Encoding", "identity"),
            field("DNT", "1"),
            field("x-CANARY-Id", "n"),
            field("Connection", "close"));

    /** A page behind a content network: adds a lot, names the client, rewrites one header, drops another. */
    private static List<HeaderField> arriving(String client, String trace, String edge) {
        return new ArrayList<>(List.of(
                field("Host", "page.example"),
                field("Accept", "*/*"),
                field("Accept-Encoding", "gzip"),
                field("X-Canary-Id", "n"),
                field("X-Forwarded-For", client + ", " + edge),
                field("X-Forwarded-Proto", "http"),
                field("X-Real-Ip", client),
                field("CF-Connecting-IP", client),
                field("CF-IPCountry", trace.substring(0, 2)),
                field("X-Amzn-Trace-Id", trace),
                field("Via", "1.1 " + trace + ".edge.example"),
                field("Connection", "close")));
    }

    private final JudgeBaseline baseline = JudgeBaseline.NONE.with(SENT, arriving(US, "ab-1", "192.0.2.1"), US);
    private final List<HeaderField> arrived = arriving(EXIT, "cd-2", "192.0.2.9");

    @Test
    void whatThePageDoesItselfIsNoTrace() {
        assertThat(judge()).isEqualTo(Anonymity.ELITE);
        assertThat(HeaderChanges.between(SENT, arrived, baseline, EXIT).isNone())
                .isTrue();
        assertThat(AnonymityRules.judge(SENT, arrived, Set.of(US), EXIT))
                .as("without knowing the page")
                .isEqualTo(Anonymity.ANONYMOUS);
    }

    @Test
    void theClientByAnyOfItsAddressesIsThePeer() {
        List<HeaderField> viaSix = arriving("2001:db8::5", "cd-2", "192.0.2.9");

        assertThat(AnonymityRules.judge(SENT, viaSix, Set.of(US), "2001:DB8:0::5", baseline))
                .isEqualTo(Anonymity.ELITE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "X-Forwarded-For | 10.1.2.3, 203.0.113.5, 192.0.2.9",
                "X-Forwarded-For | unknown, 203.0.113.5, 192.0.2.9",
                "X-Forwarded-For | 10.1.2.3, 192.0.2.9",
                "X-Forwarded-Proto | http, http",
                "X-Forwarded-Proto | https",
                "X-Real-Ip | 10.1.2.3",
                "CF-Connecting-IP | 192.0.2.77",
                "Via | 1.1 squid, 1.1 cd-2.edge.example",
                "Accept-Encoding | gzip, deflate",
                "Accept | text/html"
            })
    void aProxysEntryBesideThePagesIsSeen(String name, String value) {
        arrived.replaceAll(field -> field.name().equals(name.trim()) ? field(field.name(), value.trim()) : field);

        assertThat(judge()).isEqualTo(Anonymity.ANONYMOUS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "X-Forwarded-For | 10.0.0.9",
                "Via | 1.1 squid",
                "X-Proxy-Id | 7",
                "X-Amzn-Trace-Id | again",
                "Cache-Control | max-age=0",
                "DNT | 2"
            })
    void aHeaderThePageDoesNotAddIsSeen(String name, String value) {
        arrived.add(field(name.trim(), value.trim()));

        assertThat(judge()).isEqualTo(Anonymity.ANONYMOUS);
    }

    @Test
    void aHeaderThePageDoesNotDropIsMissed() {
        arrived.removeIf(field -> field.name().equals("X-Canary-Id"));

        assertThat(judge()).isEqualTo(Anonymity.ANONYMOUS);
        assertThat(HeaderChanges.between(SENT, arrived, baseline, EXIT).removed())
                .containsExactly(field("x-CANARY-Id", "n"));
    }

    @Test
    void whatThePageDropsOrRewritesMayAlsoArriveAsSent() {
        arrived.add(field("DNT", "1"));
        arrived.replaceAll(
                field -> field.name().equals("Accept-Encoding") ? field("Accept-Encoding", "identity") : field);

        assertThat(judge()).isEqualTo(Anonymity.ELITE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "X-Forwarded-For | 198.51.100.77, 203.0.113.5, 192.0.2.9",
                "X-Forwarded-For | 198.51.100.77, 192.0.2.9",
                "X-Real-Ip | 198.51.100.77",
                "X-Amzn-Trace-Id | c633644d"
            })
    void ourAddressIsNeverThePagesDoing(String name, String value) {
        arrived.replaceAll(field -> field.name().equals(name.trim()) ? field(field.name(), value.trim()) : field);

        assertThat(judge()).isEqualTo(Anonymity.TRANSPARENT);
    }

    @Test
    void ourAddressInAHeaderTellsEvenWhenThePeerIsUnknown() {
        assertThat(AnonymityRules.judge(SENT, arrived, Set.of(US), "", baseline))
                .isEqualTo(Anonymity.UNKNOWN);
        arrived.add(field("Client-IP", US));
        assertThat(AnonymityRules.judge(SENT, arrived, Set.of(US), "", baseline))
                .isEqualTo(Anonymity.TRANSPARENT);
    }

    @Test
    void aPageBehindSeveralMachinesIsKnownByAllOfThem() {
        List<HeaderField> plainMachine = new ArrayList<>(SENT);
        plainMachine.add(field("X-Forwarded-For", US));
        JudgeBaseline both = baseline.with(SENT, plainMachine, US);
        List<HeaderField> throughProxy = new ArrayList<>(SENT);
        throughProxy.add(field("X-Forwarded-For", EXIT + ":51234"));

        assertThat(AnonymityRules.judge(SENT, arrived, Set.of(US), EXIT, both)).isEqualTo(Anonymity.ELITE);
        assertThat(AnonymityRules.judge(SENT, throughProxy, Set.of(US), EXIT, both))
                .isEqualTo(Anonymity.ELITE);
        assertThat(AnonymityRules.judge(SENT, throughProxy, Set.of(US), EXIT, baseline))
                .isEqualTo(Anonymity.ANONYMOUS);
    }

    @Test
    void whatWasSeenLongAgoIsForgotten() {
        JudgeBaseline later = baseline;
        for (int i = 0; i < JudgeBaseline.MAX_SAMPLES; i++) {
            List<HeaderField> other = new ArrayList<>(SENT);
            other.add(field("X-Number-" + i, "1"));
            later = later.with(SENT, other, US);
        }

        assertThat(AnonymityRules.judge(SENT, arrived, Set.of(US), EXIT, later)).isEqualTo(Anonymity.ANONYMOUS);
    }

    private Anonymity judge() {
        return AnonymityRules.judge(SENT, arrived, Set.of(US), EXIT, baseline);
    }

    private static HeaderField field(String name, String value) {
        return new HeaderField(name, value);
    }
}
