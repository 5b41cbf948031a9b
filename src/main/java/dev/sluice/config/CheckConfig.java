package dev.sluice.config;

import java.time.Duration;
import java.util.List;

/** Section {@code check}. */
public record CheckConfig(
        @Setting(
                doc = "full: judged; connect: TCP connect only; auto: judged while a judge answers, else connect only.",
                value = "auto")
        CheckMode mode,

        @Setting(doc = "Check entries whose addresses are not public.", value = "false")
        boolean allowPrivate,

        @Setting(doc = "Judges by URL, tried in order. Empty: the own endpoint, which proxies must be able to reach.")
        List<String> judges,

        @Setting(doc = "Judges for TLS by URL (https). Empty: the own TLS listener where judge.tls-listen is set.")
        List<String> tlsJudges,

        @Setting(doc = "Most checks at the same time.", value = "2000", min = 1, max = 1_000_000)
        int concurrency,

        @Setting(doc = "Most checks started in a second.", value = "2000", min = 1, max = 10_000_000)
        int rate,

        @Setting(doc = "For the TCP connection.", value = "5s", min = 10, max = 120_000)
        Duration connectTimeout,

        @Setting(doc = "For the TLS handshake through a tunnel.", value = "5s", min = 10, max = 120_000)
        Duration tlsTimeout,

        @Setting(doc = "From the request to the first byte of the answer.", value = "8s", min = 10, max = 120_000)
        Duration firstByteTimeout,

        @Setting(doc = "For one attempt as a whole.", value = "15s", min = 10, max = 600_000)
        Duration totalTimeout,

        @Setting(
                doc = "Further attempts after a time-out or reset, with growing pauses.",
                value = "1",
                min = 0,
                max = 10)
        int retries,

        @Setting(doc = "Largest answer read from a proxy.", value = "64KiB", min = 4_096, max = 16_777_216)
        ByteSize maxAnswer) {
    public CheckConfig {
        judges = List.copyOf(judges);
        tlsJudges = List.copyOf(tlsJudges);
    }
}
