package dev.sluice.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Checks a farm on which every behaviour is mixed with {@code sluice check}, at the controller's own rate and at fixed
 * numbers in flight, and compares every verdict with the truth.
 *
 * <p>Arguments: entries (50,000 unless given), then the limits to try ({@code auto 512 8000 17600} unless given). Needs
 * {@code target/sluice.jar}.
 */
public final class TruthBenchmark {
    private TruthBenchmark() {}

    /** Runs it and prints a table in Markdown. */
    public static void main(String[] arguments) throws Exception {
        int count = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 50_000;
        List<String> limits = arguments.length > 1
                ? List.of(arguments).subList(1, arguments.length)
                : List.of("auto", "512", "8000", "17600");
        List<String> rows = new ArrayList<>();
        List<String> examples = new ArrayList<>();
        for (String limit : limits) {
            Path folder = Files.createTempDirectory("sluice-truth");
            try (FarmProgram farm = FarmProgram.start(folder, count, "--mix", "everything");
                    Program check = Program.start(
                            folder,
                            "512m",
                            "check",
                            farm.list().toString(),
                            "--all",
                            "--format",
                            "ndjson",
                            "--concurrency",
                            limit,
                            "--set",
                            "check.anchors=" + farm.anchor())) {
                int code = check.await(Duration.ofMinutes(15));
                double seconds = check.seconds();
                Verdicts verdicts = Verdicts.compare(farm.truth(), check.output());
                rows.add(String.format(
                        Locale.ROOT, "| %s | %.0f | %,.0f | %s |", limit, seconds, count / seconds, verdicts));
                examples.addAll(verdicts.examples());
                System.err.println(limit + ": exit " + code + "\n" + check.errors());
            }
        }
        System.out.println("| limit | seconds | entries a second | " + Verdicts.head() + " |");
        System.out.println("|---|---|---|---|---|---|---|---|---|---|");
        rows.forEach(System.out::println);
        examples.forEach(System.out::println);
    }
}
