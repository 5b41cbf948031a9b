package dev.sluice.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * 20,000 proxies of which 70 % never answer, checked by {@code sluice serve} with one attempt each, while its API is asked
 * fifty times a second: how long it takes, how many are in flight at the peak, memory, descriptors, and the API's latency.
 *
 * <p>Arguments: none. Needs {@code target/sluice.jar} and 20,000 descriptors.
 */
public final class FlightBenchmark {
    private static final int COUNT = 20_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private FlightBenchmark() {}

    /** Runs it and prints a table in Markdown. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Files.createTempDirectory("sluice-flight");
        try (FarmProgram farm = FarmProgram.start(
                folder, COUNT, "--mix", "silent=70,mute=20,http-elite=10", "--max-connections", "9000")) {
            int port = Program.freePort();
            String api = "http://127.0.0.1:" + port;
            List<String> words =
                    new ArrayList<>(List.of("serve", "--import", farm.list().toString()));
            for (String setting : List.of(
                    "server.port=" + port,
                    "fetch.enabled=false",
                    "check.connect-timeout=15s",
                    "check.connect-timeout-floor=15s",
                    "check.first-byte-timeout=15s",
                    "check.total-timeout=30s",
                    "check.retries=0",
                    "schedule.inactive-shortest=24h",
                    "schedule.at-risk-shortest=12h",
                    "schedule.active-shortest=24h")) {
                words.addAll(List.of("--set", setting));
            }
            try (Program server = Program.start(folder, "320m", words)) {
                measure(server, api);
            }
        }
    }

    private static void measure(Program server, String api) throws Exception {
        server.until(
                "the API",
                Duration.ofSeconds(60),
                () -> !Program.get(api + "/health").isEmpty());
        long filesBefore = server.openFiles();
        int peakInFlight = 0;
        long peakFiles = 0;
        long first = 0;
        long last = 0;
        List<Long> latencies = new ArrayList<>();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(180);
        double done = 0;
        for (int i = 0; done < COUNT && System.nanoTime() < deadline; i++) {
            long asked = System.nanoTime();
            String answer = Program.get(api + "/api/v1/status");
            latencies.add(System.nanoTime() - asked);
            JsonNode check = JSON.readTree(answer).path("check");
            int inFlight = check.path("in_flight").asInt();
            peakInFlight = Math.max(peakInFlight, inFlight);
            if (inFlight > 0 && first == 0) {
                first = System.nanoTime();
            }
            if (i % 25 == 0) {
                peakFiles = Math.max(peakFiles, server.openFiles());
                done = checked(Program.get(api + "/metrics"));
                last = System.nanoTime();
            }
            TimeUnit.NANOSECONDS.sleep(Math.max(0, 20_000_000 - (System.nanoTime() - asked)));
        }
        server.until("the end", Duration.ofSeconds(30), () -> JSON_inFlight(api) == 0);
        TimeUnit.SECONDS.sleep(2);
        long[] sorted = latencies.stream().mapToLong(Long::longValue).sorted().toArray();
        System.out.println("| what | figure |\n|---|---|");
        row("checked", String.format(Locale.ROOT, "%,.0f of %,d", done, COUNT));
        row("seconds from the first start to the last outcome", (last - first) / 1e9);
        row("most in flight", String.format(Locale.ROOT, "%,d", peakInFlight));
        row("descriptors: before / most / after", filesBefore + " / " + peakFiles + " / " + server.openFiles());
        row("peak memory of the process, MiB", Long.toString(server.peakMib()));
        row("API, median ms", sorted[sorted.length / 2] / 1e6);
        row("API, 99th percentile ms", sorted[(int) (sorted.length * 0.99)] / 1e6);
        row("API requests", Integer.toString(sorted.length));
        System.out.println(Program.get(api + "/api/v1/status"));
    }

    private static int JSON_inFlight(String api) {
        try {
            return JSON.readTree(Program.get(api + "/api/v1/status"))
                    .path("check")
                    .path("in_flight")
                    .asInt();
        } catch (java.io.IOException e) {
            return -1;
        }
    }

    private static double checked(String metrics) {
        return Arrays.stream(metrics.split("\n"))
                .filter(line -> line.startsWith("sluice_checks_total "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static void row(String what, double figure) {
        row(what, String.format(Locale.ROOT, "%.1f", figure));
    }

    private static void row(String what, String figure) {
        System.out.println("| " + what + " | " + figure + " |");
    }
}
