package dev.sluice.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * {@code sluice serve} with some thousand working proxies, checked every few seconds, when our own network fails for a minute:
 * how many proxies are demoted, and how soon checks go on afterwards; with the outage guard and without.
 *
 * <p>Arguments: none. Needs {@code target/sluice.jar}.
 */
public final class OutageBenchmark {
    private static final int COUNT = 3_000;
    private static final int OUTAGE_SECONDS = 60;
    private static final ObjectMapper JSON = new ObjectMapper();

    private OutageBenchmark() {}

    /** Runs it and prints a table in Markdown. */
    public static void main(String[] arguments) throws Exception {
        System.out.println(
                "| guard | alive before | fewest alive | demoted | suspended after s | checks go on after s | repeated |");
        System.out.println("|---|---|---|---|---|---|---|");
        measure(true);
        measure(false);
    }

    private static void measure(boolean guarded) throws Exception {
        Path folder = Files.createTempDirectory("sluice-outage");
        try (FarmProgram farm = FarmProgram.start(folder, COUNT, "--mix", "http-elite=1")) {
            int port = Program.freePort();
            String api = "http://127.0.0.1:" + port;
            List<String> words =
                    new ArrayList<>(List.of("serve", "--import", farm.list().toString()));
            for (String setting : List.of(
                    "server.port=" + port,
                    "fetch.enabled=false",
                    "check.anchors=" + farm.anchor(),
                    "check.outage-guard=" + guarded,
                    "check.connect-timeout=2s",
                    "check.first-byte-timeout=2s",
                    "check.retries=0",
                    // The controller would start hardly anything while anchors fail, and hide what the guard is worth.
                    "check.adaptive=false",
                    "check.rate=1000",
                    "schedule.active=20s",
                    "schedule.at-risk=5s",
                    "schedule.confirm=2s")) {
                words.addAll(List.of("--set", setting));
            }
            try (Program server = Program.start(folder, "512m", words)) {
                measure(guarded, farm, server, api);
            }
        }
    }

    private static void measure(boolean guarded, FarmProgram farm, Program server, String api) throws Exception {
        server.until("all to be alive", Duration.ofSeconds(120), () -> alive(api) >= COUNT);
        TimeUnit.SECONDS.sleep(5);
        int before = alive(api);
        int fewest = before;
        double suspendedAfter = Double.NaN;
        double resumedAfter = Double.NaN;
        Program.post(farm.control() + "/control/outage?for=" + OUTAGE_SECONDS + "s");
        long started = System.nanoTime();
        while (seconds(started) < OUTAGE_SECONDS + 30) {
            JsonNode check = check(api);
            fewest = Math.min(fewest, alive(api));
            if (Double.isNaN(suspendedAfter) && check.path("suspended").asBoolean()) {
                suspendedAfter = seconds(started);
            }
            boolean over = seconds(started) > OUTAGE_SECONDS;
            if (over
                    && Double.isNaN(resumedAfter)
                    && !check.path("suspended").asBoolean()
                    && check.path("starts_per_second").asDouble() > 0) {
                resumedAfter = seconds(started) - OUTAGE_SECONDS;
            }
            TimeUnit.MILLISECONDS.sleep(200);
        }
        System.out.printf(
                Locale.ROOT,
                "| %s | %,d | %,d | %,d | %.1f | %.1f | %,d |%n",
                guarded ? "on" : "off",
                before,
                fewest,
                before - fewest,
                suspendedAfter,
                resumedAfter,
                check(api).path("repeated").asLong());
    }

    private static double seconds(long startedNanos) {
        return (System.nanoTime() - startedNanos) / 1e9;
    }

    private static int alive(String api) {
        try {
            return JSON.readTree(Program.get(api + "/stat"))
                    .path("pool")
                    .path("served")
                    .asInt();
        } catch (java.io.IOException e) {
            return -1;
        }
    }

    private static JsonNode check(String api) throws java.io.IOException {
        return JSON.readTree(Program.get(api + "/api/v1/status")).path("check");
    }
}
