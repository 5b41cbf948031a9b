package dev.sluice.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An import under {@code kill -9}. The server, the assembled jar, takes a list over HTTP; while it imports it is killed at
 * random moments and started again. What is stored at the end, and the counters of the job, are compared with those of an
 * undisturbed run. Then an import is cancelled halfway, the server stopped and started, and the import resumed.
 *
 * <p>The lease is {@value #LEASE}: on PostgreSQL, which instances may share, it has to end before a job goes on elsewhere;
 * on SQLite, whose file has one owner, a server ends the leases of the one before it.
 *
 * <p>Arguments: {@code sqlite} or {@code postgres}, lines (1000000), kills (20), seed (1). Needs {@code target/sluice.jar}.
 */
public final class ImportKillBenchmark {
    private static final String LEASE = "10s";
    private static final String HEAP = "320m";
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final int LOOK_MILLIS = 20;
    private static final double REPEATED = 0.05;
    private static final double REFUSED = 0.02;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final boolean sqlite;
    private final int lines;
    private final int kills;
    private final Random random;
    private final Path folder;
    private final Path list;
    private final @Nullable EmbeddedPostgres postgres;

    /**
     * What an import left behind.
     *
     * @param rows how many entries
     * @param hash of all, in whichever order
     */
    private record Stored(long rows, long hash) {}

    /** The end of an import. */
    private record Outcome(Stored stored, String counters) {}

    private ImportKillBenchmark(
            boolean sqlite, int lines, int kills, long seed, Path folder, @Nullable EmbeddedPostgres postgres)
            throws IOException {
        this.sqlite = sqlite;
        this.lines = lines;
        this.kills = kills;
        this.random = new Random(seed);
        this.folder = folder;
        this.postgres = postgres;
        this.list = write(folder.resolve("list.txt"));
    }

    /** Runs it and prints tables in Markdown; exits with 1 where anything differs. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 1 || arguments.length > 4 || !arguments[0].matches("sqlite|postgres")) {
            System.err.println("usage: ImportKillBenchmark sqlite|postgres [LINES [KILLS [SEED]]] (1000000 20 1)");
            System.exit(2);
        }
        boolean sqlite = arguments[0].equals("sqlite");
        int lines = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1_000_000;
        int kills = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 20;
        long seed = arguments.length > 3 ? Long.parseLong(arguments[3]) : 1;
        System.out.printf(
                "%s, %,d lines, lease %s, -Xmx%s, seed %d%n%n",
                sqlite ? "SQLite" : "PostgreSQL", lines, LEASE, HEAP, seed);
        Path folder = Files.createTempDirectory("sluice-bench");
        boolean equal;
        try (EmbeddedPostgres postgres = sqlite
                ? null
                : EmbeddedPostgres.builder().setServerConfig("fsync", "on").start()) {
            equal = new ImportKillBenchmark(sqlite, lines, kills, seed, folder, postgres).run();
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
        System.exit(equal ? 0 : 1);
    }

    private boolean run() throws Exception {
        System.out.println("| import | kills | seconds | entries | hash | counters | equal |");
        System.out.println("|---|---|---|---|---|---|---|");
        double seconds;
        Outcome undisturbed;
        Database first = database("undisturbed");
        try (Server server = new Server(first)) {
            long begin = System.nanoTime();
            String id = server.upload();
            JsonNode job = server.over(id);
            seconds = since(begin);
            undisturbed = outcome(server, first, job);
        }
        row("undisturbed", 0, seconds, undisturbed, undisturbed);
        boolean equal = killed(undisturbed, seconds);
        return cancelled(undisturbed) && equal;
    }

    private boolean killed(Outcome undisturbed, double seconds) throws Exception {
        Database database = database("killed");
        List<Double> ready = new ArrayList<>();
        List<Double> moved = new ArrayList<>();
        long begin = System.nanoTime();
        Server server = new Server(database);
        Outcome outcome;
        try {
            String id = server.upload();
            server.moves(id);
            while (moved.size() < kills) {
                // Spread over what the import takes, so that there is something left for each of them.
                long pauseMillis = (long) (random.nextDouble() * 1_200 * seconds / (kills + 1));
                TimeUnit.MILLISECONDS.sleep(pauseMillis);
                if (!server.job(id).path("state").asText().equals("processing")) {
                    break;
                }
                server.program.kill();
                server = new Server(database);
                ready.add(server.program.seconds());
                server.moves(id);
                moved.add(server.program.seconds());
            }
            outcome = outcome(server, database, server.over(id));
        } finally {
            server.close();
        }
        boolean equal = row("killed", moved.size(), since(begin), outcome, undisturbed);
        System.out.println();
        System.out.println("| from the start of a process until | median s | longest s |");
        System.out.println("|---|---|---|");
        spread("it is ready", ready);
        spread("the import moves again", moved);
        System.out.println();
        return equal && !moved.isEmpty() && Collections.max(moved) < 60;
    }

    private boolean cancelled(Outcome undisturbed) throws Exception {
        Database database = database("cancelled");
        Server server = new Server(database);
        double stopSeconds;
        JsonNode stopped;
        String id;
        try {
            id = server.upload();
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (server.job(id).path("progress").path("lines").asLong() < lines / 2) {
                patient(deadline, "half of the list");
            }
            long begin = System.nanoTime();
            Program.post(server.url(id) + "/cancel");
            stopped = server.over(id);
            stopSeconds = since(begin);
        } finally {
            server.close();
        }
        Stored halfway = database.stored();
        long said = stopped.path("progress").path("added").asLong();
        boolean kept = stopped.path("state").asText().equals("cancelled") && halfway.rows == said;
        Outcome outcome;
        try (Server again = new Server(database)) {
            Program.post(again.url(id) + "/resume");
            outcome = outcome(again, database, again.over(id));
        }
        boolean equal = outcome.equals(undisturbed);
        System.out.println(
                "| cancelled at lines | state | s until then | entries stored | as counted | resumed: equal |");
        System.out.println("|---|---|---|---|---|---|");
        System.out.printf(
                "| %,d | %s | %.2f | %,d | %s | %s |%n",
                stopped.path("progress").path("lines").asLong(),
                stopped.path("state").asText(),
                stopSeconds,
                halfway.rows,
                kept ? "yes" : "NO, " + said,
                equal ? "yes" : "NO, " + outcome);
        return kept && equal && stopSeconds <= 2;
    }

    private static Outcome outcome(Server server, Database database, JsonNode job) throws Exception {
        if (!job.path("state").asText().equals("completed")) {
            throw new IllegalStateException("import: " + job + " (expected: completed)");
        }
        server.close();
        JsonNode result = job.path("result");
        StringBuilder counters = new StringBuilder();
        for (String name : List.of("lines", "accepted", "added", "known", "rejected")) {
            counters.append(counters.isEmpty() ? "" : ", ")
                    .append(name)
                    .append(' ')
                    .append(result.path(name).asLong());
        }
        return new Outcome(database.stored(), counters.toString());
    }

    private static boolean row(String name, int killed, double seconds, Outcome outcome, Outcome expected) {
        boolean equal = outcome.equals(expected);
        System.out.printf(
                "| %s | %d | %.1f | %,d | %016x | %s | %s |%n",
                name,
                killed,
                seconds,
                outcome.stored.rows,
                outcome.stored.hash,
                outcome.counters,
                equal ? "yes" : "NO");
        return equal;
    }

    private static void spread(String what, List<Double> seconds) {
        List<Double> sorted = seconds.stream().sorted().toList();
        if (!sorted.isEmpty()) {
            System.out.printf(
                    "| %s | %.1f | %.1f |%n", what, sorted.get(sorted.size() / 2), sorted.get(sorted.size() - 1));
        }
    }

    private static double since(long beginNanos) {
        return (System.nanoTime() - beginNanos) / 1e9;
    }

    private static void patient(long deadlineNanos, String what) throws InterruptedException {
        if (System.nanoTime() > deadlineNanos) {
            throw new IllegalStateException(what + ": not after " + PATIENCE);
        }
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }

    private Path write(Path file) throws IOException {
        List<String> before = new ArrayList<>();
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (int i = 0; i < lines; i++) {
                String line;
                double kind = random.nextDouble();
                if (kind < REFUSED) {
                    line = "10.1.2.3:" + i % 65_536;
                } else if (kind < REFUSED + REPEATED && !before.isEmpty()) {
                    line = before.get(random.nextInt(before.size()));
                } else {
                    line = "127." + random.nextInt(256) + '.' + random.nextInt(256) + '.' + (1 + random.nextInt(254))
                            + ':' + (1_024 + random.nextInt(64_512));
                    before.add(line);
                }
                out.write(line);
                out.write('\n');
            }
        }
        return file;
    }

    private Database database(String name) throws Exception {
        if (postgres == null) {
            Path file = Files.createDirectories(folder.resolve(name)).resolve("sluice.db");
            return new Database("sqlite:" + file, "jdbc:sqlite:" + file);
        }
        String server = "127.0.0.1:" + postgres.getPort() + '/';
        try (Connection connection =
                        DriverManager.getConnection("jdbc:postgresql://" + server + "postgres?user=postgres");
                Statement sql = connection.createStatement()) {
            sql.execute("CREATE DATABASE " + name);
        }
        return new Database(
                "postgresql://postgres:postgres@" + server + name,
                "jdbc:postgresql://" + server + name + "?user=postgres");
    }

    /** A database, and how to look into it beside the server. */
    private record Database(String url, String jdbc) {
        Stored stored() throws Exception {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            long rows = 0;
            long hash = 0;
            try (Connection connection = DriverManager.getConnection(jdbc)) {
                connection.setAutoCommit(false);
                try (Statement sql = connection.createStatement()) {
                    sql.setFetchSize(10_000);
                    try (ResultSet found = sql.executeQuery("SELECT scheme, host, port FROM proxy")) {
                        while (found.next()) {
                            String entry = found.getInt(1) + " " + found.getString(2) + ' ' + found.getInt(3);
                            hash += ByteBuffer.wrap(digest.digest(entry.getBytes(StandardCharsets.UTF_8)))
                                    .getLong();
                            rows++;
                        }
                    }
                }
            }
            return new Stored(rows, hash);
        }
    }

    /** A server that is ready. */
    private final class Server implements AutoCloseable {
        private final Program program;
        private final String base;

        Server(Database database) throws Exception {
            int port = Program.freePort();
            base = "http://127.0.0.1:" + port;
            List<String> serve = new ArrayList<>(List.of("serve"));
            List<String> settings = new ArrayList<>(List.of(
                    "server.port=" + port,
                    "store.url=" + database.url,
                    "queue.lease=" + LEASE,
                    "schedule.enabled=false",
                    "fetch.enabled=false"));
            if (!sqlite) {
                // Lists are on the disk of a node; a server that starts again is the same node.
                Path files = folder.resolve(database.url.substring(database.url.lastIndexOf('/') + 1));
                settings.addAll(List.of("queue.node=bench", "queue.directory=" + files));
            }
            settings.forEach(setting -> serve.addAll(List.of("--set", setting)));
            program = Program.start(folder, HEAP, serve);
            program.until(
                    "ready",
                    Duration.ofSeconds(120),
                    () -> !Program.get(base + "/ready").isEmpty());
        }

        String url(String id) {
            return base + "/api/v1/imports/" + id;
        }

        String upload() throws Exception {
            HttpRequest post = HttpRequest.newBuilder(URI.create(base + "/api/v1/imports?name=list"))
                    .header("Content-Type", "text/plain")
                    .timeout(PATIENCE)
                    .POST(HttpRequest.BodyPublishers.ofFile(list))
                    .build();
            HttpResponse<String> answer = HTTP.send(post, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 202) {
                throw new IOException(
                        "import answered " + answer.statusCode() + ' ' + answer.body() + " (expected: 202)");
            }
            return JSON.readTree(answer.body()).path("id").asText();
        }

        JsonNode job(String id) throws IOException {
            String job = Program.get(url(id));
            return job.isEmpty() ? JSON.createObjectNode() : JSON.readTree(job);
        }

        /** Waits until more lines are counted than at first, or it is over. */
        void moves(String id) throws Exception {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            long first = -1;
            while (true) {
                JsonNode job = job(id);
                String state = job.path("state").asText();
                long now = job.path("progress").path("lines").asLong();
                first = first < 0 && !state.isEmpty() ? now : first;
                if ((first >= 0 && now > first) || isOver(state)) {
                    return;
                }
                patient(deadline, "progress of " + id);
            }
        }

        /** Waits until the job is over; what it says then. */
        JsonNode over(String id) throws Exception {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (true) {
                JsonNode job = job(id);
                if (isOver(job.path("state").asText())) {
                    return job;
                }
                patient(deadline, "end of " + id);
            }
        }

        private static boolean isOver(String state) {
            return !state.isEmpty() && !state.equals("pending") && !state.equals("processing");
        }

        @Override
        public void close() throws InterruptedException {
            program.close();
        }
    }
}
