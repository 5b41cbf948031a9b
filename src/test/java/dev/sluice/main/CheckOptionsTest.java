package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.config.CheckConfig;
import dev.sluice.config.CheckMode;
import dev.sluice.config.ConfigLoader;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Scheme;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

class CheckOptionsTest {
    @Test
    void withoutOptionsTheConfigurationHolds() {
        CheckOptions options = options();

        assertThat(options.kind()).isNull();
        assertThat(options.protocol()).isNull();
        assertThat(options.countries()).isEmpty();
        assertThat(options.anonymity()).isEqualTo(Anonymity.UNKNOWN);
        assertThat(options.format()).isEqualTo(CheckFormat.TEXT);
        assertThat(options.all()).isFalse();
        assertThat(options.settings()).noneMatch(setting -> setting.startsWith("check."));
    }

    @Test
    void aTimeoutIsForEachStepAndThriceForAll() {
        CheckConfig check = config("--timeout", "1500ms");

        assertThat(check.connectTimeout()).isEqualTo(Duration.ofMillis(1_500));
        assertThat(check.tlsTimeout()).isEqualTo(Duration.ofMillis(1_500));
        assertThat(check.firstByteTimeout()).isEqualTo(Duration.ofMillis(1_500));
        assertThat(check.totalTimeout()).isEqualTo(Duration.ofMillis(4_500));
        assertThat(config("--timeout=2m").totalTimeout()).isEqualTo(Duration.ofMinutes(6));
    }

    @Test
    void aNumberIsKeptWhateverHappensAndAutoAdapts() {
        CheckConfig fixed = config("--concurrency", "250");
        CheckConfig adaptive = config("--concurrency", "auto");

        assertThat(fixed.adaptive()).isFalse();
        assertThat(fixed.concurrency()).isEqualTo(250);
        assertThat(fixed.rate()).isEqualTo(10_000_000);
        assertThat(adaptive.adaptive()).isTrue();
        assertThat(adaptive.concurrency()).isZero();
    }

    @Test
    void judgesAreToldApartByScheme() {
        CheckConfig check = config(
                "--judge",
                "http://163.172.44.1:8081/judge",
                "--judge",
                "https://judge.test/a,b",
                "--judge",
                "http://x.test");

        assertThat(check.judges()).containsExactly("http://163.172.44.1:8081/judge", "http://x.test");
        assertThat(check.tlsJudges()).containsExactly("https://judge.test/a,b");
        assertThat(options("--judge", "http://a.test").namesJudges()).isTrue();
    }

    @Test
    void connectingIsAModeAndJudgedTypesLeaveTheModeAlone() {
        assertThat(config("--type", "connect").mode()).isEqualTo(CheckMode.CONNECT);
        assertThat(options("--type", "connect").kind()).isEqualTo(CheckKind.CONNECT);
        assertThat(config("--type", "http").mode()).isEqualTo(CheckMode.AUTO);
        assertThat(options("--type", "http").kind()).isEqualTo(CheckKind.COMPREHENSIVE);
        assertThat(options("--type", "deep").kind()).isEqualTo(CheckKind.DEEP);
    }

    @Test
    void theRestIsTakenAsGiven() {
        CheckOptions options =
                options("--protocol=socks5", "--country", "de,FR", "--anonymity=anonymous", "--format=ndjson", "--all");

        assertThat(options.protocol()).isEqualTo(Scheme.SOCKS5);
        assertThat(options.countries()).containsExactlyInAnyOrder("DE", "FR");
        assertThat(options.anonymity()).isEqualTo(Anonymity.ANONYMOUS);
        assertThat(options.format()).isEqualTo(CheckFormat.NDJSON);
        assertThat(options.all()).isTrue();
        assertThat(config("--allow-private").allowPrivate()).isTrue();
        assertThat(config().allowPrivate()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --type        | full      | connect, http, deep
                    --protocol    | unknown   | http, https, socks4, socks5
                    --timeout     | soon      | a duration such as 5s
                    --timeout     | 3m        | 10ms..2m
                    --timeout     | 1ms       | 10ms..2m
                    --concurrency | many      | auto or 1..1000000
                    --concurrency | 0         | auto or 1..1000000
                    --concurrency | 1000001   | auto or 1..1000000
                    --judge       | ftp://a.b | http://HOST[:PORT][/PATH]
                    --country     | QQ        | a code of ISO 3166-1 such as DE
                    --anonymity   | unknown   | transparent, anonymous, elite
                    --format      | xml       | text, json, csv, ndjson
                    """)
    void aWrongValueIsToldWithWhatWasExpected(String option, String value, String expected) {
        assertThatThrownBy(() -> options(option, value))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining(option)
                .hasMessageContaining(value + " (expected: " + expected);
    }

    @Test
    void whatOnlyAJudgeTellsIsRefusedWhereNothingIsJudged() {
        options("--anonymity=elite").requireConsistent(CheckKind.DEEP);
        options().requireConsistent(CheckKind.CONNECT);

        assertThatThrownBy(() -> options("--anonymity=elite").requireConsistent(CheckKind.CONNECT))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith("--anonymity: ");
        assertThatThrownBy(() -> options("--judge=http://a.test").requireConsistent(CheckKind.CONNECT))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith("--judge: ");
    }

    private static CheckConfig config(String... arguments) {
        return ConfigLoader.defaults(options(arguments).settings().toArray(String[]::new))
                .check();
    }

    private static CheckOptions options(String... arguments) {
        return CommandLine.populateCommand(new CheckOptions(), arguments);
    }
}
