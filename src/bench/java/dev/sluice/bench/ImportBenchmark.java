package dev.sluice.bench;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Imports a million lines with {@code sluice import} into SQLite and PostgreSQL, beside {@code sqlite3 .import} and
 * {@code psql \copy} of the same lines in the same run: rounds alternate, medians and ratios are printed, and the memory of
 * the importing process at every hundred thousand lines read.
 *
 * <p>The lines are those of a list, and generated ones up to a million, one in twenty of which repeats one of the list.
 * Nothing in them is ever dialled.
 *
 * <p>Arguments: the list, one {@code ip:port} a line. Needs {@code target/sluice.jar}, {@code sqlite3}, {@code psql} and
 * {@code /proc}.
 */
public final class ImportBenchmark {
    private static final int ROUNDS = 3;
    private static final int LINES = 1_000_000;
    private static final int MARK = 100_000;
    private static final long SEED = 20_260_711;
    private static final double REPEATED = 0.05;
    private static final int[] USUAL_PORTS = {80, 999, 1080, 3128, 4145, 5678, 8080, 8888};
    private static final int LONGEST_MINUTES = 20;
    private static final int SAMPLE_MILLIS = 20;
    private static final String HEAP = "-Xmx256m";
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+([0-9]+) kB");
    private static final Pattern POSITION = Pattern.compile("pos:\\s+([0-9]+)");

    private static final String SQLITE_BARE = "sqlite3 .import, bare table";
    private static final String SQLITE_UNIQUE = "sqlite3 .import, unique index, duplicates ignored";
    private static final String SQLITE_SLUICE = "sluice import, SQLite";
    private static final String POSTGRES_BARE = "psql \\copy, bare table";
    private static final String POSTGRES_DISTINCT = "psql \\copy, unique index, of the distinct lines alone";
    private static final String POSTGRES_UNIQUE = "psql \\copy, then into a table with unique index, duplicates ignored";
    private static final String POSTGRES_SLUICE = "sluice import, PostgreSQL";

    private final Map<String, List<Double>> seconds = new LinkedHashMap<>();
    private final Map<String, long[]> residentKib = new LinkedHashMap<>();
    private final Path folder;
    private final Path list;
    private final Path distinct;
    private final long[] marks;
    private String lastReport = "";

    private ImportBenchmark(Path folder, Path given) throws IOException {
        this.folder = folder;
        this.list = folder.resolve("list.txt");
        this.distinct = folder.resolve("distinct.txt");
        this.marks = write(Files.readAllLines(given));
    }

    /** Runs it and prints tables in Markdown. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 1 || !Files.isRegularFile(Path.of(arguments[0]))) {
            System.err.println("usage: ImportBenchmark LIST (expected: a file with one ip:port a line)");
            System.exit(2);
        }
        Path folder = Files.createTempDirectory("sluice-bench");
        try {
            ImportBenchmark benchmark = new ImportBenchmark(folder, Path.of(arguments[0]));
            benchmark.run();
            benchmark.print();
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    /** Writes both files. Returns where each hundred thousand lines end, in bytes. */
    private long[] write(List<String> real) throws IOException {
        List<String> lines = new ArrayList<>(real.subList(0, Math.min(real.size(), LINES)));
        Random random = new Random(SEED);
        while (lines.size() < LINES) {
            boolean repeat = random.nextDouble() < REPEATED;
            lines.add(repeat ? real.get(random.nextInt(real.size())) : generated(random));
        }
        long[] ends = new long[LINES / MARK];
        long bytes = 0;
        try (BufferedWriter all = Files.newBufferedWriter(list)) {
            for (int i = 0; i < LINES; i++) {
                all.write(lines.get(i));
                all.write('\n');
                bytes += lines.get(i).length() + 1;
                if ((i + 1) % MARK == 0) {
                    ends[(i + 1) / MARK - 1] = bytes;
                }
            }
        }
        Files.write(distinct, new LinkedHashSet<>(lines));
        return ends;
    }

    private static String generated(Random random) {
        int port = random.nextBoolean() ? USUAL_PORTS[random.nextInt(USUAL_PORTS.length)] : 1_024 + random.nextInt(64_512);
        return (11 + random.nextInt(89)) + "." + random.nextInt(256) + '.' + random.nextInt(256) + '.'
                + (1 + random.nextInt(254)) + ':' + port;
    }

    private void run() throws Exception {
        try (EmbeddedPostgres postgres =
                EmbeddedPostgres.builder().setServerConfig("fsync", "on").start()) {
            String server = "postgresql://postgres@127.0.0.1:" + postgres.getPort();
            for (int round = 1; round <= ROUNDS; round++) {
                sqlite(round);
                String database = server + "/round" + round;
                command("psql", "-q", server + "/postgres", "-c", "create database round" + round);
                postgres(database);
                command("psql", "-q", server + "/postgres", "-c", "drop database round" + round + " with (force)");
            }
        }
    }

    private void sqlite(int round) throws IOException, InterruptedException {
        Path bare = folder.resolve("bare" + round + ".db");
        String load = ".import " + list + " raw";
        time(
                SQLITE_BARE,
                "sqlite3",
                "-cmd",
                ".separator :",
                bare.toString(),
                "create table raw(host text, port int)",
                load);
        Path unique = folder.resolve("unique" + round + ".db");
        time(
                SQLITE_UNIQUE,
                "sqlite3",
                "-cmd",
                ".separator :",
                unique.toString(),
                "create table raw(host text, port int, unique(host, port) on conflict ignore)",
                load);
        Path sluice = folder.resolve("sluice" + round + ".db");
        time(SQLITE_SLUICE, sluice("sqlite:" + sluice));
        for (Path done : List.of(bare, unique, sluice)) {
            Files.delete(done);
        }
    }

    private void postgres(String uri) throws IOException, InterruptedException {
        String csv = " with (format csv, delimiter ':')";
        String table = "(host text, port int, unique(host, port))";
        time(POSTGRES_BARE, "psql", "-q", uri, "-c", "create table raw(line text)", "-c", "\\copy raw from " + list);
        time(
                POSTGRES_DISTINCT,
                "psql",
                "-q",
                uri,
                "-c",
                "create table plain" + table,
                "-c",
                "\\copy plain from " + distinct + csv);
        time(
                POSTGRES_UNIQUE,
                "psql",
                "-q",
                uri,
                "-c",
                "create temp table coming(host text, port int)",
                "-c",
                "\\copy coming from " + list + csv,
                "-c",
                "create table uniq" + table,
                "-c",
                "insert into uniq select * from coming on conflict do nothing");
        time(POSTGRES_SLUICE, sluice(uri));
    }

    private String[] sluice(String url) {
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

    private void time(String name, String... command) throws IOException, InterruptedException {
        boolean watched = command[command.length - 1].startsWith("store.url=");
        long begin = System.nanoTime();
        Process process = start(command);
        if (watched) {
            watch(process, residentKib.computeIfAbsent(name, key -> new long[marks.length + 1]));
        }
        String output = output(process, command);
        double took = (System.nanoTime() - begin) / 1e9;
        seconds.computeIfAbsent(name, key -> new ArrayList<>()).add(took);
        if (watched) {
            lastReport = output;
        }
        System.err.printf("%-70s %6.2f s%n", name, took);
    }

    /** The largest of all rounds at each mark, and at last the peak. */
    private void watch(Process process, long[] most) throws IOException, InterruptedException {
        int next = 0;
        while (!process.waitFor(SAMPLE_MILLIS, TimeUnit.MILLISECONDS)) {
            long resident = number(Path.of("/proc/" + process.pid() + "/status"), RESIDENT);
            most[marks.length] = Math.max(most[marks.length], resident);
            long read = read(process);
            while (next < marks.length && read >= marks[next]) {
                most[next] = Math.max(most[next], resident);
                next++;
            }
        }
    }

    /** Bytes of the list a process has read; 0 while it is not open. */
    private long read(Process process) throws IOException {
        Path open = Path.of("/proc/" + process.pid() + "/fd");
        List<Path> descriptors;
        try (Stream<Path> all = Files.list(open)) {
            descriptors = all.toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            return 0; // it has just ended
        }
        for (Path descriptor : descriptors) {
            try {
                if (Files.readSymbolicLink(descriptor).equals(list)) {
                    return number(
                            Path.of("/proc/" + process.pid() + "/fdinfo/" + descriptor.getFileName()), POSITION);
                }
            } catch (IOException e) {
                continue; // closed meanwhile
            }
        }
        return 0;
    }

    private static long number(Path file, Pattern pattern) {
        try {
            Matcher found = pattern.matcher(Files.readString(file));
            return found.find() ? Long.parseLong(found.group(1)) : 0;
        } catch (IOException e) {
            return 0; // it has just ended
        }
    }

    private void command(String... command) throws IOException, InterruptedException {
        output(start(command), command);
    }

    private Process start(String... command) throws IOException {
        return new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("out.txt").toFile())
                .start();
    }

    private String output(Process process, String... command) throws IOException, InterruptedException {
        if (!process.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new IOException(command[0] + ": not done after " + LONGEST_MINUTES + " minutes");
        }
        String text = Files.readString(folder.resolve("out.txt"));
        if (process.exitValue() != 0) {
            throw new IOException(Arrays.toString(command) + ": exit " + process.exitValue() + "\n" + text);
        }
        return text;
    }

    private void print() {
        System.out.println("| what | seconds (median of " + ROUNDS + ") | lines a second |");
        System.out.println("|---|---|---|");
        for (String name : seconds.keySet()) {
            System.out.printf("| `%s` | %.2f | %,.0f |%n", name, median(name), LINES / median(name));
        }
        System.out.println();
        System.out.println("| lines a second of | to those of | ratio |");
        System.out.println("|---|---|---|");
        for (String baseline : List.of(SQLITE_UNIQUE, SQLITE_BARE)) {
            ratio(SQLITE_SLUICE, baseline);
        }
        for (String baseline : List.of(POSTGRES_UNIQUE, POSTGRES_DISTINCT, POSTGRES_BARE)) {
            ratio(POSTGRES_SLUICE, baseline);
        }
        System.out.println();
        System.out.println("| resident MiB after lines read | " + String.join(" | ", residentKib.keySet()) + " |");
        System.out.println("|---|" + "---|".repeat(residentKib.size()));
        for (int i = 0; i <= marks.length; i++) {
            StringBuilder row = new StringBuilder("| ")
                    .append(i < marks.length ? String.format("%,d", (i + 1) * MARK) : "peak")
                    .append(" |");
            for (long[] most : residentKib.values()) {
                row.append(' ').append(most[i] >> 10).append(" |");
            }
            System.out.println(row);
        }
        System.out.println();
        System.out.println(lastReport);
    }

    private void ratio(String name, String baseline) {
        System.out.printf("| `%s` | `%s` | %.2f |%n", name, baseline, median(baseline) / median(name));
    }

    private double median(String name) {
        List<Double> sorted = seconds.get(name).stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }
}
