package dev.sluice.net.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.proxy.FailureReason;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScriptTest {
    @Test
    void aScriptIsReadAsItIsWritten() {
        List<Scenario> read = Script.read("good.txt", """
                # A comment.
                scenario "granted" # another
                  route socks5 as "anna:s3:cret"
                  deadline first-byte 300
                  target https://judge.sluice:8443/echo unpinned
                  expect-bytes 05 02 00 02
                  send 05 "a\\x00\\"" 0001*2
                  + "more"
                  drip 20 00
                  outcome failed timeout or protocol
                  reads-at-most 99
                """);

        assertThat(read).hasSize(1);
        Scenario scenario = read.get(0);
        assertThat(scenario.name()).isEqualTo("granted");
        assertThat(scenario.line()).isEqualTo(2);
        assertThat(scenario.way().kind()).isEqualTo(Scenario.Kind.SOCKS5);
        assertThat(scenario.way().credentials()).isNotNull().satisfies(credentials -> {
            assertThat(credentials.user()).isEqualTo("anna");
            assertThat(credentials.password().reveal()).isEqualTo("s3:cret");
        });
        assertThat(scenario.way().pinned()).isFalse();
        assertThat(scenario.way().target()).hasToString("https://judge.sluice:8443/echo");
        assertThat(scenario.steps()).hasSize(3);
        assertThat(((Step.Send) scenario.steps().get(1)).bytes())
                .isEqualTo("\5a\0\"\0\1\0\1more".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(scenario.steps().get(2)).isInstanceOfSatisfying(Step.Send.class, drip -> {
            assertThat(drip.times()).isZero();
            assertThat(drip.pauseMillis()).isEqualTo(20);
        });
        assertThat(scenario.outcome().reasons())
                .containsExactlyInAnyOrder(FailureReason.TIMEOUT, FailureReason.PROTOCOL);
        assertThat(scenario.outcome().maxRead()).isEqualTo(99);
    }

    @Test
    void variationsCutAndSplitAtEveryByte() {
        Scenario scenario = Script.read("varied.txt", """
                        scenario "granted"
                          route socks4
                          send 00 5a
                          expect-head
                          send 01 02 03
                          outcome reached 200
                          at-every-byte split
                          at-every-byte close failed reset
                        """).get(0);

        List<Scenario> all = scenario.withVariations();

        // Itself, the splits before the bytes 1, 3 and 4, and the closes before 0 to 4.
        assertThat(all).hasSize(1 + 3 + 5);
        Scenario split = all.get(2);
        assertThat(split.name()).isEqualTo("granted, in two parts at byte 3 of 5");
        assertThat(split.steps().stream().map(step -> step.getClass().getSimpleName()))
                .containsExactly("Send", "ExpectHead", "Send", "Pause", "Send");
        assertThat(((Step.Send) split.steps().get(2)).bytes()).containsExactly(1);
        assertThat(((Step.Send) split.steps().get(4)).bytes()).containsExactly(2, 3);
        assertThat(split.outcome().status()).isEqualTo(200);
        Scenario cut = all.get(8);
        assertThat(cut.steps().stream().map(step -> step.getClass().getSimpleName()))
                .containsExactly("Send", "ExpectHead", "Send", "End");
        assertThat(((Step.Send) cut.steps().get(2)).bytes()).containsExactly(1, 2);
        assertThat(cut.outcome().reasons()).containsExactly(FailureReason.RESET);
        assertThat(all.get(4).steps()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    send 00 | 1: send stands before the first scenario
                    scenario x | 1: the name: x (expected: a text in quotes)
                    scenario | 1: nothing follows (expected: the name)
                    scenario "x" y | 1: "y" is one word too many
                    scenario "x;  route ftp;  close;  outcome connected | 1: a quote does not end
                    scenario "x";  route ftp | 2: ftp (expected: http,
                    scenario "x";  route http as "anna" | 2: route: as (expected: KIND or KIND as "USER:PASSWORD")
                    scenario "x";  close;  outcome connected | 1: "x" has no route
                    scenario "x";  route http;  close | 1: "x" has no outcome
                    scenario "x";  route http;  outcome reached 200 | 3: "x" has no steps
                    scenario "x";  route http;  close;  send 00;  outcome reached 200 | 4: send stands behind the end
                    scenario "x";  route http;  send;  outcome reached 200 | 3: nothing follows (expected: bytes)
                    scenario "x";  route http;  send 0;  outcome reached 200 | 3: 0 (expected: pairs of hexadecimal
                    scenario "x";  route http;  send "\\q" | 3: \\q (expected: \\r
                    scenario "x";  route http;  send "\\x0g" | 3: \\x0g (expected: two hexadecimal digits)
                    scenario "x";  route http;  send "a"*b | 3: b (expected: a number
                    scenario "x";  route http;  send "a"b | 3: a space must follow a
                    scenario "x";  route http;  repeat 0 00 | 3: 0 (expected: a number, 1..
                    scenario "x";  route http;  drip 5000 00 | 3: 5000 (expected: a number, 1..1000)
                    scenario "x";  route http;  shout | 3: shout (expected: a command, see docs/scenarios.md)
                    scenario "x";  route http;  close;  outcome failed badly | 4: badly (expected: none, refused,
                    scenario "x";  route http;  close;  outcome perhaps | 4: outcome (expected: reached STATUS,
                    scenario "x";  route http;  close;  outcome connected | 1: "x": connected is the outcome of connect-only
                    scenario "x";  route http;  close;  outcome failed reset;  outcome failed reset | 5: a second outcome
                    scenario "x";  route http;  close;  outcome failed timeout | 1: "x": a timeout needs a deadline
                    scenario "x";  route http;  close;  outcome failed reset;  body "y" | 1: "x" asks for what its outcome has not
                    scenario "x";  route http;  endlessly 00;  outcome failed reset;  at-every-byte split | 1: "x": only plain sends
                    scenario "x";  route http;  close;  at-every-byte jump | 4: at-every-byte: jump (expected: split
                    scenario "x";  route http;  close;  outcome failed reset;scenario "x" | 5: "x" is there twice
                    + 00 | 1: nothing is continued here
                    """)
    void whatIsWrongIsSaidWithItsLine(String script, String expected) {
        assertThatThrownBy(() -> Script.read("bad.txt", script.replace(';', '\n')))
                .isInstanceOf(ScriptException.class)
                .hasMessageStartingWith("bad.txt:" + expected);
    }

    @Test
    void aFileWithoutScenariosIsWrong() {
        assertThatThrownBy(() -> Script.read("bad.txt", "# nothing yet\n")).hasMessage("bad.txt:2: no scenario");
    }
}
