package dev.sluice.bench;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What clients notice when PostgreSQL freezes and when it is stopped: an open loop of {@code GET /get-proxy} beside checks of
 * a simulated internet, undisturbed, with the database frozen, after it, with the database stopped, after it. Prints
 * percentiles, requests that were not answered 2xx, what {@code /ready} said, how long it took to catch up, and whether every
 * verdict that was taken is in the database.
 *
 * <p>Arguments: seconds of each outage (60), requests a second (1,000), entries (3,000).
 */
public final class DatabaseOutageBenchmark {
    private static final int CONNECTIONS = 16;
    private static final int FEW = 100;

    private final int seconds;
    private final int rate;
    private final int entries;
    private final ExecutorService beside = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "load");
        thread.setDaemon(true);
        return thread;
    });

    private DatabaseOutageBenchmark(int seconds, int rate, int entries) {
        this.seconds = seconds;
        this.rate = rate;
        this.entries = entries;
    }

    /** Runs it and prints a table in Markdown. */
    public static void main(String[] arguments) throws Exception {
        int[] sizes = {60, 1_000, 3_000};
        for (int i = 0; i < arguments.length; i++) {
            sizes[i] = Integer.parseInt(arguments[i]);
        }
        new DatabaseOutageBenchmark(sizes[0], sizes[1], sizes[2]).run();
        System.exit(0);
    }

    private void run() throws Exception {
        Path folder = Files.createTempDirectory("sluice-outage");
        Path data = folder.resolve("pg");
        EmbeddedPostgres embedded = EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setServerConfig("max_connections", "40")
                .start();
        Database database = new Database(data, embedded.getPort());
        try (Load load = Load.compile()) {
            int port = Program.freePort();
            String base = "http://127.0.0.1:" + port;
            List<String> demo =
                    new ArrayList<>(List.of("demo", "--count", String.valueOf(entries), "--farm-port", "0"));
            for (String setting : List.of(
                    "server.port=" + port,
                    "store.url=postgresql://postgres:postgres@127.0.0.1:" + embedded.getPort() + "/postgres",
                    "schedule.active=5s",
                    "schedule.active-shortest=1s",
                    "schedule.at-risk=5s",
                    "schedule.at-risk-shortest=1s",
                    "schedule.inactive=10s",
                    "schedule.inactive-shortest=5s")) {
                demo.addAll(List.of("--set", setting));
            }
            try (Program server = Program.start(folder, "512m", demo)) {
                server.until(
                        "ready",
                        Duration.ofSeconds(60),
                        () -> !Program.get(base + "/ready").isEmpty());
                server.until(
                        "every entry checked",
                        Duration.ofSeconds(120),
                        () -> metric(base, "sluice_keep_outcomes_applied_total") > entries);
                Path requests = load.requests(List.of(Load.get("/get-proxy"), Load.get("/get-proxy?protocol=https")));
                System.out.printf(
                        "%,d requests/s over %d connections, %,d entries under check%n%n", rate, CONNECTIONS, entries);
                System.out.println(
                        "| database | p50 ms | p99 ms | longest ms | not answered 2xx | checks/s | /ready | waiting at the end | caught up after s |");
                System.out.println("|---|---|---|---|---|---|---|---|---|");
                load.run(port, CONNECTIONS, 3, 1, rate, requests);
                phase(server, base, load, port, requests, "answers", () -> {}, () -> {});
                phase(server, base, load, port, requests, "frozen", database::freeze, database::thaw);
                phase(server, base, load, port, requests, "answers", () -> {}, () -> {});
                phase(server, base, load, port, requests, "stopped", database::stop, database::start);
                phase(server, base, load, port, requests, "answers", () -> {}, () -> {});
                settle(server, base, database);
            }
        } finally {
            beside.shutdownNow();
            database.kill();
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    /** Something done to the database. */
    @FunctionalInterface
    private interface Step {
        void run() throws Exception;
    }

    private void phase(
            Program server, String base, Load load, int port, Path requests, String name, Step begin, Step end)
            throws Exception {
        double before = metric(base, "sluice_keep_outcomes_applied_total");
        begin.run();
        Callable<Load.Result> loading = () -> load.run(port, CONNECTIONS, 0, seconds, rate, requests);
        Future<Load.Result> running = beside.submit(loading);
        List<String> said = new ArrayList<>();
        while (!running.isDone()) {
            String ready = Program.get(base + "/ready");
            String status = ready.isEmpty() ? "no answer" : ready.replaceAll(".*\"status\":\"([a-z]+)\".*", "$1");
            if (said.isEmpty() || !said.get(said.size() - 1).equals(status)) {
                said.add(status);
            }
            TimeUnit.MILLISECONDS.sleep(250);
        }
        Load.Result result = running.get();
        double checks = metric(base, "sluice_keep_outcomes_applied_total") - before;
        double waiting = metric(base, "sluice_keep_pending_writes");
        long backNanos = System.nanoTime();
        end.run();
        server.until(
                "catching up",
                Duration.ofSeconds(180),
                () -> metric(base, "sluice_keep_pending_writes") <= Math.max(FEW, entries / 10)
                        && Program.get(base + "/ready").contains("\"ready\""));
        System.out.printf(
                "| %s | %.2f | %.2f | %.1f | %d | %.0f | %s | %.0f | %.1f |%n",
                name,
                result.p50Micros() / 1e3,
                result.p99Micros() / 1e3,
                result.maxMicros() / 1e3,
                result.errors() + result.otherThan2xx() + result.unanswered(),
                checks / seconds,
                String.join(", ", said),
                waiting,
                (System.nanoTime() - backNanos) / 1e9);
    }

    /** Compares what the server took with what the database holds, once no more is checked. */
    private void settle(Program server, String base, Database database) throws Exception {
        // A few tries: between the two questions something may be checked and written.
        for (int i = 0; i < 40; i++) {
            double taken = metric(base, "sluice_keep_outcomes_applied_total");
            double waiting = metric(base, "sluice_keep_pending_writes");
            long stored = database.number("SELECT coalesce(sum(checks), 0) FROM proxy");
            double later = metric(base, "sluice_keep_outcomes_applied_total");
            if (stored >= taken - waiting && stored <= later || i == 39) {
                System.out.printf(
                        "%nverdicts taken %.0f to %.0f, of which %.0f waited; in the database %d; left out %.0f%n",
                        taken, later, waiting, stored, metric(base, "sluice_keep_outdated_writes_total"));
                return;
            }
            TimeUnit.MILLISECONDS.sleep(250);
        }
    }

    private static double metric(String base, String name) {
        Matcher line = Pattern.compile("^" + name + "(?:\\{[^}]*})? ([0-9.eE+-]+)$", Pattern.MULTILINE)
                .matcher(Program.get(base + "/metrics"));
        double sum = 0;
        while (line.find()) {
            sum += Double.parseDouble(line.group(1));
        }
        return sum;
    }

    /** The processes of the database server. */
    private static final class Database {
        private final Path data;
        private final String url;
        private final List<String> command;
        private ProcessHandle postmaster;

        Database(Path data, int port) throws IOException {
            this.data = data;
            this.url = "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
            this.postmaster = running();
            this.command = Arrays.stream(Files.readString(Path.of("/proc", String.valueOf(postmaster.pid()), "cmdline"))
                            .split("\0", -1))
                    .filter(word -> !word.isEmpty())
                    .toList();
        }

        private ProcessHandle running() throws IOException {
            long pid = Long.parseLong(
                    Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
            return ProcessHandle.of(pid).orElseThrow(() -> new IOException("pid " + pid + " (expected: a process)"));
        }

        void freeze() throws Exception {
            signal("STOP");
        }

        void thaw() throws Exception {
            signal("CONT");
        }

        private void signal(String name) throws Exception {
            List<String> kill = new ArrayList<>(List.of("kill", "-" + name, String.valueOf(postmaster.pid())));
            postmaster.descendants().forEach(child -> kill.add(String.valueOf(child.pid())));
            new ProcessBuilder(kill).inheritIO().start().waitFor();
        }

        /** Cuts every connection and ends. */
        void stop() throws Exception {
            new ProcessBuilder("kill", "-INT", String.valueOf(postmaster.pid()))
                    .start()
                    .waitFor();
            postmaster.onExit().get(30, TimeUnit.SECONDS);
        }

        void start() throws Exception {
            List<String> again = new ArrayList<>();
            if ("root".equals(System.getProperty("user.name"))) {
                // It refuses to run as root; in a namespace of its own it does not know that it does.
                again.addAll(List.of("unshare", "-U"));
            }
            again.addAll(command);
            new ProcessBuilder(again)
                    .redirectErrorStream(true)
                    .redirectOutput(data.resolve("again.log").toFile())
                    .start();
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (true) {
                try {
                    number("SELECT 1");
                    break;
                } catch (SQLException e) {
                    if (System.nanoTime() > deadline) {
                        throw e;
                    }
                    TimeUnit.MILLISECONDS.sleep(50);
                }
            }
            postmaster = running();
        }

        long number(String sql) throws SQLException {
            try (Connection connection = DriverManager.getConnection(url, "postgres", "postgres");
                    Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(sql)) {
                rows.next();
                return rows.getLong(1);
            }
        }

        void kill() throws Exception {
            thaw();
            postmaster.destroyForcibly();
        }
    }
}
