package dev.sluice.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.judge.HeaderField;
import dev.sluice.judge.JudgeSigner;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JudgeUrlTest {
    @Test
    void defaultsAreFilledIn() {
        assertThat(JudgeUrl.parse("http://judge.example"))
                .isEqualTo(new JudgeUrl(false, "judge.example", 80, "/judge"));
        assertThat(JudgeUrl.parse("https://[2001:db8::1]:8443/j/"))
                .isEqualTo(new JudgeUrl(true, "2001:db8::1", 8443, "/j"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "judge.example",
                "ftp://judge.example",
                "http://",
                "http://u:p@h/",
                "http://h/?q=1",
                "http://h h/"
            })
    void anythingElseIsRefused(String url) {
        assertThatThrownBy(() -> JudgeUrl.parse(url)).hasMessageContaining("judge: " + url);
    }

    @Test
    void aPublicPageKeepsItsPathAndIsAskedToShowAllHeaders() {
        assertThat(JudgeUrl.parsePublic("http://azenv.example/").echo("n", null).path())
                .isEqualTo("/?show_env=1&nonce=n");
        assertThat(JudgeUrl.parsePublic("https://echo.example/get")
                        .echo("n", null)
                        .path())
                .isEqualTo("/get?show_env=1&nonce=n");
        assertThat(JudgeUrl.parsePublic("https://echo.example/get").text()).isEqualTo("https://echo.example/get");
        assertThat(JudgeUrl.parsePublic("http://echo.example").page("t", null).path())
                .isEqualTo("/page/t");
        assertThat(JudgeUrl.parse("http://[::1]:81").text()).isEqualTo("http://[::1]:81/judge");
    }

    @Test
    void theEchoCarriesWhatProxiesLikeToTouch() {
        List<HeaderField> headers = JudgeUrl.parse("http://h").echo("n-1", null).headers();

        assertThat(headers)
                .contains(
                        new HeaderField("x-CANARY-Id", "n-1"),
                        new HeaderField("Accept-Encoding", "identity"),
                        new HeaderField("DNT", "1"));
        assertThat(headers)
                .filteredOn(header -> header.name().equals("Cookie"))
                .singleElement()
                .satisfies(cookie -> assertThat(cookie.value().split("; ", -1)).hasSize(2));
        assertThat(headers.get(headers.size() - 1)).isEqualTo(new HeaderField("Connection", "close"));
    }

    @Test
    void theHostHeaderNamesUnusualPortsOnly() {
        assertThat(JudgeUrl.parse("http://h").echo("n", null).headers().get(0).value())
                .isEqualTo("h");
        assertThat(JudgeUrl.parse("http://[::1]:81")
                        .echo("n", null)
                        .headers()
                        .get(0)
                        .value())
                .isEqualTo("[::1]:81");
    }

    @Test
    void judgesMustSpeakWhatTheyAreListedFor() {
        JudgeSigner signer = JudgeSigner.random(new Random(1));

        assertThatThrownBy(() -> Judges.of(List.of("https://h"), List.of(), null, signer))
                .hasMessageContaining("expected: plain HTTP");
        assertThatThrownBy(() -> Judges.of(List.of(), List.of("http://h"), null, signer))
                .hasMessageContaining("expected: TLS");
    }
}
