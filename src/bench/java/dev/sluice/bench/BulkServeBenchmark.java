package dev.sluice.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Writer;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What clients notice of bulk work: an open loop of {@code GET /get-proxy} and {@code GET /api/v1/exports} beside, in turn,
 * nothing, the import of a million lines, a body of 10 GB that is announced, one that is not, and exports of everything.
 * The server is the assembled jar over SQLite with 100,000 alive proxies; it checks nothing. Prints percentiles, what became
 * of each body, and the memory of the process.
 *
 * <p>Needs {@code target/sluice.jar}, Linux and {@code cc}. Arguments: requests a second (2000), lines to import (1000000).
 */
public final class BulkServeBenchmark {
    private static final int STOCK = 100_000;
    private static final int CONNECTIONS = 16;
    private static final long TEN_GIGABYTES = 10_000_000_000L;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final int rate;
    private final int lines;
    private final ExecutorService besides = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "beside");
        thread.setDaemon(true);
        return thread;
    });

    private BulkServeBenchmark(int rate, int lines) {
        this.rate = rate;
        this.lines = lines;
    }

    /** Runs it and prints a table in Markdown. */
    public static void main(String[] arguments) throws Exception {
        int rate = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 2_000;
        int lines = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1_000_000;
        new BulkServeBenchmark(rate, lines).run();
        System.exit(0);
    }

    private void run() throws Exception {
        Path folder = Files.createTempDirectory("sluice-bulk");
        try (Load load = Load.compile()) {
            Path database = Stock.of(folder, STOCK);
            Path list = list(folder.resolve("list.txt"));
            int port = Program.freePort();
            List<String> serve = new ArrayList<>(List.of("serve"));
            for (String setting : List.of(
                    "server.port=" + port,
                    "store.url=sqlite:" + database,
                    "schedule.enabled=false",
                    "fetch.enabled=false")) {
                serve.addAll(List.of("--set", setting));
            }
            try (Program server = Program.start(folder, "320m", serve)) {
                String base = "http://127.0.0.1:" + port;
                server.until(
                        "ready",
                        Duration.ofSeconds(60),
                        () -> !Program.get(base + "/ready").isEmpty());
                Path requests = load.requests(List.of(Load.get("/get-proxy"), Load.get("/get-proxy?country=DE")));
                System.out.printf(
                        "%,d requests/s over %d connections, %,d alive proxies, -Xmx320m%n%n",
                        rate, CONNECTIONS, STOCK);
                System.out.println("| beside | p50 ms | p99 ms | longest ms | not answered 2xx | resident MiB |");
                System.out.println("|---|---|---|---|---|---|");
                load.run(port, CONNECTIONS, 3, 1, rate, requests);
                row("nothing", load.run(port, CONNECTIONS, 0, 10, rate, requests), server);
                beside("the import of " + String.format("%,d", lines) + " lines", load, port, requests, server, () -> {
                    return imported(base, port, list);
                });
                beside("a body of 10 GB, announced", load, port, requests, server, () -> send(port, true));
                beside("a body of 10 GB, in chunks", load, port, requests, server, () -> send(port, false));
                beside("five exports of everything", load, port, requests, server, () -> exports(base));
                System.out.printf("%nlargest resident set %d MiB%n", server.peakMib());
            }
        } finally {
            besides.shutdownNow();
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    /** Something that runs beside the load and says what came of it. */
    @FunctionalInterface
    private interface Beside {
        String run() throws Exception;
    }

    /** Loads the server in pieces of three seconds for as long as {@code work} takes; the worst piece is printed. */
    private void beside(String name, Load load, int port, Path requests, Program server, Beside work) throws Exception {
        Future<String> running = besides.submit(work::run);
        Load.@Nullable Result worst = null;
        int pieces = 0;
        do {
            Load.Result piece = load.run(port, CONNECTIONS, 0, 3, rate, requests);
            pieces++;
            if (worst == null || piece.p99Micros() > worst.p99Micros()) {
                worst = piece;
            }
        } while (!running.isDone());
        row(name + " (worst of " + pieces + " times 3 s)", worst, server);
        System.err.println("  " + name + ": " + running.get());
    }

    private static void row(String name, Load.Result result, Program server) throws IOException {
        System.out.printf(
                "| %s | %.2f | %.2f | %.1f | %d | %d |%n",
                name,
                result.p50Micros() / 1e3,
                result.p99Micros() / 1e3,
                result.maxMicros() / 1e3,
                result.errors() + result.otherThan2xx() + result.unanswered(),
                server.residentMib());
    }

    /** Distinct addresses of 127.0.0.0/8. */
    private Path list(Path file) throws IOException {
        SplittableRandom random = new SplittableRandom(7);
        try (Writer out = Files.newBufferedWriter(file)) {
            for (int line = 0; line < lines; line++) {
                int address = random.nextInt(1 << 24);
                out.write("127." + (address >>> 16) + '.' + (address >>> 8 & 255) + '.' + (address & 255) + ':'
                        + (1_024 + random.nextInt(60_000)) + '\n');
            }
        }
        return file;
    }

    private static String imported(String base, int port, Path list) throws Exception {
        long begin = System.nanoTime();
        String head = "POST /api/v1/imports?name=million HTTP/1.1\r\nHost: 127.0.0.1:" + port
                + "\r\nContent-Type: text/plain\r\nContent-Length: " + Files.size(list)
                + "\r\nConnection: close\r\n\r\n";
        String answer;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            Files.copy(list, out);
            out.flush();
            answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
        if (!answer.startsWith("HTTP/1.1 202")) {
            throw new IOException("import answered " + answer + " (expected: 202)");
        }
        String id = JSON.readTree(answer.substring(answer.indexOf("\r\n\r\n") + 4))
                .path("id")
                .asText();
        return over(base + "/api/v1/imports/" + id) + String.format(", %.1f s", (System.nanoTime() - begin) / 1e9);
    }

    private static String exports(String base) throws Exception {
        List<String> urls = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            String answer = post(base + "/api/v1/exports", "{\"format\":\"ndjson\",\"scope\":\"all\"}");
            urls.add(
                    base + "/api/v1/exports/" + JSON.readTree(answer).path("id").asText());
        }
        String last = "";
        for (String url : urls) {
            last = over(url);
        }
        return last;
    }

    private static String post(String url, String json) throws Exception {
        return java.net.http.HttpClient.newHttpClient()
                .send(
                        java.net.http.HttpRequest.newBuilder(java.net.URI.create(url))
                                .header("Content-Type", "application/json")
                                .POST(java.net.http.HttpRequest.BodyPublishers.ofString(json))
                                .build(),
                        java.net.http.HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** Waits until a job is over; what it says then. */
    private static String over(String url) throws Exception {
        for (int i = 0; i < 3_000; i++) {
            JsonNode job = JSON.readTree(Program.get(url));
            String state = job.path("state").asText();
            if (!state.isEmpty() && !state.equals("pending") && !state.equals("processing")) {
                return state + " " + job.path("result");
            }
            TimeUnit.MILLISECONDS.sleep(200);
        }
        throw new IllegalStateException(url + ": not over after ten minutes");
    }

    /** Sends a list of 10 GB until the server says no; how much it took. */
    private static String send(int port, boolean announced) throws Exception {
        byte[] lines = "127.1.2.3:8080\n".repeat(4_096).getBytes(StandardCharsets.US_ASCII);
        String head = "POST /api/v1/imports?name=huge HTTP/1.1\r\nHost: 127.0.0.1:" + port
                + "\r\nContent-Type: text/plain\r\n"
                + (announced ? "Content-Length: " + TEN_GIGABYTES : "Transfer-Encoding: chunked")
                + "\r\n\r\n";
        long sent = 0;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(60_000);
            OutputStream out = socket.getOutputStream();
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            try {
                while (sent < TEN_GIGABYTES && !in.ready()) {
                    if (!announced) {
                        out.write((Integer.toHexString(lines.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                    }
                    out.write(lines);
                    if (!announced) {
                        out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
                    }
                    sent += lines.length;
                }
            } catch (IOException closed) {
                return String.format("%,d bytes sent, then the connection was closed; %s", sent, status(in));
            }
            return String.format("%,d bytes sent; %s", sent, status(in));
        }
    }

    private static String status(BufferedReader in) {
        try {
            return String.valueOf(in.readLine());
        } catch (IOException e) {
            return "no answer (" + e.getMessage() + ")";
        }
    }
}
