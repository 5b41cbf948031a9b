package dev.sluice.bench;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Imports one list with {@code sluice import} into SQLite and PostgreSQL, beside {@code sqlite3 .import} and {@code psql
 * \copy} of the same file in the same run: rounds alternate, medians are printed.
 *
 * <p>Arguments: the list, one {@code ip:port} a line. Needs {@code target/sluice.jar}, {@code sqlite3} and {@code psql}.
 */
public final class ImportBenchmark {
    private static final int ROUNDS = 3;
    private static final String HEAP = "-Xmx256m";
    private static final Pattern PEAK = Pattern.compile("peak memory ([0-9]+) MiB");

    private final Map<String, List<Double>> seconds = new LinkedHashMap<>();
    private final Map<String, Integer> peakMib = new LinkedHashMap<>();
    private String lastReport = "";

    private ImportBenchmark() {}

    /** Runs it and prints a table in Markdown. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 1 || !Files.isRegularFile(Path.of(arguments[0]))) {
            System.err.println("usage: ImportBenchmark LIST (expected: a file with one ip:port a line)");
            System.exit(2);
        }
        new ImportBenchmark().run(Path.of(arguments[0]).toAbsolutePath());
    }

    private void run(Path list) throws Exception {
        Path folder = Files.createTempDirectory("sluice-bench");
        try (EmbeddedPostgres postgres =
                EmbeddedPostgres.builder().setServerConfig("fsync", "on").start()) {
            String uri = "postgresql://postgres@127.0.0.1:" + postgres.getPort();
            for (int round = 1; round <= ROUNDS; round++) {
                Path raw = folder.resolve("raw" + round + ".db");
                time(
                        "sqlite3 .import",
                        folder,
                        "sqlite3",
                        raw.toString(),
                        ".separator :",
                        "create table raw(host text, port int)",
                        ".import " + list + " raw");
                Path unique = folder.resolve("unique" + round + ".db");
                time(
                        "sqlite3 .import, unique index",
                        folder,
                        "sqlite3",
                        "-cmd",
                        ".separator :",
                        unique.toString(),
                        "create table raw(host text, port int, unique(host, port))",
                        ".import " + list + " raw");
                time(
                        "sluice import, SQLite",
                        folder,
                        sluice(list, "sqlite:" + folder.resolve("sluice" + round + ".db")));
                String database = "round" + round;
                command(folder, "psql", "-q", uri + "/postgres", "-c", "create database " + database);
                time(
                        "psql \\copy",
                        folder,
                        "psql",
                        "-q",
                        uri + "/" + database,
                        "-c",
                        "create table raw(line text)",
                        "-c",
                        "\\copy raw from " + list);
                time(
                        "psql \\copy, unique index",
                        folder,
                        "psql",
                        "-q",
                        uri + "/" + database,
                        "-c",
                        "create table uniq(host text, port int, unique(host, port))",
                        "-c",
                        "\\copy uniq from " + list + " with (format csv, delimiter ':')");
                time("sluice import, PostgreSQL", folder, sluice(list, uri + "/" + database));
            }
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
        print();
    }

    private static String[] sluice(Path list, String url) {
        return new String[] {
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            HEAP,
            "-XX:+UseSerialGC",
            "-jar",
            Path.of("target/sluice.jar").toAbsolutePath().toString(),
            "import",
            list.toString(),
            "--set",
            "store.url=" + url
        };
    }

    private void time(String name, Path folder, String... command) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        String output = command(folder, command);
        double took = (System.nanoTime() - begin) / 1e9;
        seconds.computeIfAbsent(name, key -> new ArrayList<>()).add(took);
        Matcher peak = PEAK.matcher(output);
        if (peak.find()) {
            peakMib.merge(name, Integer.parseInt(peak.group(1)), Math::max);
            lastReport = output;
        }
        System.err.printf("%-32s %6.2f s%n", name, took);
    }

    private static String command(Path folder, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile(folder, "out", ".txt");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(10, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new IOException(command[0] + ": not done after 10 minutes");
        }
        String text = Files.readString(output);
        if (process.exitValue() != 0) {
            throw new IOException(Arrays.toString(command) + ": exit " + process.exitValue() + "\n" + text);
        }
        return text;
    }

    private void print() {
        System.out.println("| what | seconds (median of " + ROUNDS + ") | peak memory |");
        System.out.println("|---|---|---|");
        seconds.forEach((name, all) -> {
            List<Double> sorted = all.stream().sorted().toList();
            Integer peak = peakMib.get(name);
            System.out.printf(
                    "| %s | %.2f | %s |%n", name, sorted.get(sorted.size() / 2), peak == null ? "" : peak + " MiB");
        });
        System.out.println();
        System.out.println(lastReport);
    }
}
