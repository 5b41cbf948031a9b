package dev.sluice.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Section {@code check}. */
public record CheckConfig(
        @Setting(
                doc = "full: judged; connect: TCP connect only; auto: judged while a judge answers, else connect only.",
                value = "auto",
                live = true)
        CheckMode mode,

        @Setting(doc = "Check entries whose addresses are not public.", value = "false", live = true)
        boolean allowPrivate,

        @Setting(
                doc =
                        "Judges by URL: a Sluice with the same judge.secret each. Empty: the own endpoint, if proxies can reach it; else public-judges.")
        List<String> judges,

        @Setting(doc = "Judges for TLS by URL (https). Empty: the own TLS listener where judge.tls-listen is set.")
        List<String> tlsJudges,

        @Setting(
                doc =
                        "Well-known pages that echo a request, used where no judge of Sluice's own can be reached. Several must agree (quorum). Empty: none.",
                value =
                        "http://httpbin.org/get, http://azenv.net/, http://httpheader.net/azenv.php, http://proxyjudge.us/azenv.php, https://httpbin.org/get, https://postman-echo.com/get")
        List<String> publicJudges,

        @Setting(
                doc =
                        "How many public judges must agree before a proxy counts as working. A judge of Sluice's own signs: one is enough.",
                value = "2",
                min = 1,
                max = 5)
        int quorum,

        @Setting(doc = "Checks of the operator's own, by name: every working proxy must also pass them.", live = true)
        Map<String, TargetConfig> targets,

        @Setting(
                doc =
                        "Known endpoints (HOST:PORT) that are connected to every second. While most of them fail, our own network is down and nothing is held against a proxy. Empty: the judges, the resolvers and the gateway.")
        List<String> anchors,

        @Setting(
                doc =
                        "Whether verdicts wait until anchors vouch for our own network, and are repeated when they do not.",
                value = "true")
        boolean outageGuard,

        @Setting(
                doc =
                        "Whether the rate of starts adapts to what the network and this machine bear; false: rate is kept.",
                value = "true",
                live = true)
        boolean adaptive,

        @Setting(
                doc = "Most checks at the same time. 0: as many as the limit of open files leaves room for.",
                value = "0",
                min = 0,
                max = 1_000_000,
                live = true)
        int concurrency,

        @Setting(doc = "Most checks started in a second.", value = "20000", min = 1, max = 10_000_000, live = true)
        int rate,

        @Setting(
                doc = "Most checks at the same time of ports of one address. 0: any number.",
                value = "8",
                min = 0,
                max = 1_000_000,
                live = true)
        int perAddress,

        @Setting(
                doc = "Most checks at the same time of one network, /24 or /48. 0: any number.",
                value = "32",
                min = 0,
                max = 1_000_000,
                live = true)
        int perNetwork,

        @Setting(doc = "For the TCP connection.", value = "5s", min = 10, max = 120_000, live = true)
        Duration connectTimeout,

        @Setting(
                doc =
                        "Where connects are fast, connect-timeout shrinks to 1.5 times what nearly all of them take, but not below this.",
                value = "2s",
                min = 10,
                max = 120_000,
                live = true)
        Duration connectTimeoutFloor,

        @Setting(doc = "For the TLS handshake through a tunnel.", value = "5s", min = 10, max = 120_000, live = true)
        Duration tlsTimeout,

        @Setting(
                doc = "From the request to the first byte of the answer.",
                value = "8s",
                min = 10,
                max = 120_000,
                live = true)
        Duration firstByteTimeout,

        @Setting(doc = "For one attempt as a whole.", value = "15s", min = 10, max = 600_000, live = true)
        Duration totalTimeout,

        @Setting(
                doc = "Further attempts after a time-out or reset, with growing pauses.",
                value = "1",
                min = 0,
                max = 10,
                live = true)
        int retries,

        @Setting(doc = "Requests of a deep check, in a row.", value = "20", min = 1, max = 1_000, live = true)
        int deepRequests,

        @Setting(doc = "Largest answer read from a proxy.", value = "64KiB", min = 4_096, max = 16_777_216)
        ByteSize maxAnswer) {
    public CheckConfig {
        judges = List.copyOf(judges);
        tlsJudges = List.copyOf(tlsJudges);
        publicJudges = List.copyOf(publicJudges);
        targets = Map.copyOf(targets);
        anchors = List.copyOf(anchors);
    }
}
