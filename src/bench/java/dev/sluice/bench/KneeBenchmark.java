package dev.sluice.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Connect checks of proxies behind a knee: a path that lets so many connections a second through and loses the SYNs above. The
 * controller does not know where it is. Prints the rate that came through and the live proxies that were missed, and the
 * same at a fixed number in flight.
 *
 * <p>Arguments: none, or the knees to try ({@code 300 1000 3000 3000-800}). Needs {@code target/sluice.jar}.
 */
public final class KneeBenchmark {
    private static final int SECONDS = 60;
    private static final int SETTLING = 15;

    private KneeBenchmark() {}

    /** Runs it and prints a table in Markdown. */
    public static void main(String[] arguments) throws Exception {
        List<String> knees = arguments.length == 0 ? List.of("300", "1000", "3000", "3000-800") : List.of(arguments);
        System.out.println(
                "| knee, connections a second | limit | seconds | let through a second | of the knee | missed |");
        System.out.println("|---|---|---|---|---|---|");
        for (String knee : knees) {
            measure(knee, "auto");
        }
        if (arguments.length == 0) {
            measure("1000", "8000");
        }
    }

    private static void measure(String knee, String limit) throws Exception {
        String[] parts = knee.split("-");
        int first = Integer.parseInt(parts[0]);
        int then = Integer.parseInt(parts[parts.length - 1]);
        int count = Math.max(6_000, (first + then) / 2 * SECONDS);
        List<String> options = new ArrayList<>(List.of("--mix", "http-elite=1", "--knee", Integer.toString(first)));
        if (parts.length > 1) {
            options.addAll(List.of("--knee-then", parts[1], "--knee-after", SECONDS / 2 + "s"));
        }
        Path folder = Files.createTempDirectory("sluice-knee");
        try (FarmProgram farm = FarmProgram.start(folder, count, options.toArray(String[]::new))) {
            List<String> words = new ArrayList<>(List.of(
                    "check",
                    farm.list().toString(),
                    "--type",
                    "connect",
                    "--all",
                    "--format",
                    "ndjson",
                    "--concurrency",
                    limit,
                    "--set",
                    "check.anchors=" + farm.anchor(),
                    // At a fixed number in flight the guard would hide what is lost, by repeating it.
                    "--set",
                    "check.outage-guard=" + limit.equals("auto")));
            try (Program check = Program.start(folder, "512m", words)) {
                List<Integer> through = new ArrayList<>();
                while (check.isAlive() && check.seconds() < 400) {
                    TimeUnit.MILLISECONDS.sleep(1_000);
                    List<Integer> counts = farm.acceptedPerSecond();
                    if (!counts.isEmpty()) {
                        through.add(counts.get(counts.size() - 1));
                    }
                }
                check.await(Duration.ofSeconds(60));
                report(knee, limit, first, then, through, check, farm);
            }
        }
    }

    private static void report(
            String knee, String limit, int first, int then, List<Integer> through, Program check, FarmProgram farm)
            throws Exception {
        long alive;
        long total;
        try (var lines = Files.lines(check.output())) {
            alive = lines.filter(line -> line.contains("\"alive\":true")).count();
        }
        try (var lines = Files.lines(farm.truth())) {
            total = lines.count();
        }
        // The start of the process, the slow start, and the end, when nothing is left to start, are not steady.
        List<Integer> steady =
                through.subList(Math.min(SETTLING, through.size()), Math.max(SETTLING, through.size() - 8));
        double rate = steady.stream().mapToInt(Integer::intValue).average().orElse(Double.NaN);
        double ideal = first == then
                ? first
                : (first * (SECONDS / 2.0 - SETTLING) + then * (steady.size() - (SECONDS / 2.0 - SETTLING)))
                        / steady.size();
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %.0f | %,.0f | %.0f %% | %d of %,d (%.2f %%) |%n",
                knee,
                limit,
                check.seconds(),
                rate,
                100 * rate / ideal,
                total - alive,
                total,
                100.0 * (total - alive) / total);
        System.err.println(through);
        System.err.println(check.errors());
    }
}
