package dev.sluice.bench;

import dev.sluice.main.BenchServer;
import dev.sluice.net.AnswerBytes;
import dev.sluice.net.QuickHandler;
import dev.sluice.net.QuickLane;
import dev.sluice.net.RequestHead;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What answering costs against a bare Vert.x server that answers a constant of the same length. Each subject is a process of
 * its own with two event loops on the native transport; rounds alternate between them, the first warms up and is dropped,
 * medians of the others are printed with their ratios to the bare server in the same table. On a machine that is busy with
 * other things the column of the server's CPU time is the one to look at.
 *
 * <p>Needs Linux and {@code cc}. Arguments: connections (64), seconds a round (4), rounds (5), sizes of the pool by comma
 * (100000,1000000).
 */
public final class ServeBenchmark {
    private static final int LOOPS = 2;
    private static final int WARM_UP_SECONDS = 5;
    private static final String TARGET = "/get-proxy";
    private static final String BODY = "http://127.113.177.93:31280\n";
    private static final String FEEDBACK =
            "{\"proxy\":\"http://203.0.113.77:31280\",\"ok\":true,\"latency_ms\":182,\"target\":\"example.com\"}";
    private static final Duration HEAD_TIMEOUT = Duration.ofSeconds(10);

    private static final CharSequence TEXT = HttpHeaders.createOptimized("text/plain; charset=utf-8");
    private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");
    private static final CharSequence OPTIONS = HttpHeaders.createOptimized("x-content-type-options");
    private static final CharSequence NOSNIFF = HttpHeaders.createOptimized("nosniff");

    /** What is served, by name; each listens and tells its port. */
    private static final Map<String, Subject> SUBJECTS = subjects();

    private final ExecutorService besides = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "reports");
        thread.setDaemon(true);
        return thread;
    });
    private final int connections;
    private final int seconds;
    private final int rounds;

    private final List<Integer> sizes;

    private ServeBenchmark(int connections, int seconds, int rounds, List<Integer> sizes) {
        this.sizes = sizes;
        this.connections = connections;
        this.seconds = seconds;
        this.rounds = rounds;
    }

    /** Starts something that listens, in a process of its own, and returns its port. */
    @FunctionalInterface
    interface Subject {
        int start() throws Exception;
    }

    private static Map<String, Subject> subjects() {
        Map<String, Subject> subjects = new LinkedHashMap<>();
        Buffer body = Buffer.buffer(BODY);
        subjects.put("bare", () -> vertx(request -> request.response().end(body), null, false));
        subjects.put("headers", () -> vertx(ServeBenchmark::withHeaders, null, true));
        subjects.put("lane", () -> vertx(ServeBenchmark::withHeaders, new Constant(), true));
        return subjects;
    }

    /** Runs it and prints tables in Markdown; with {@code serve NAME}, one of the servers. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 2 && arguments[0].equals("serve")) {
            serve(arguments[1]);
            return;
        }
        int[] numbers = {64, 4, 5};
        for (int i = 0; i < Math.min(3, arguments.length); i++) {
            numbers[i] = Integer.parseInt(arguments[i]);
        }
        String sizes = arguments.length > 3 ? arguments[3] : "100000,1000000";
        new ServeBenchmark(
                        numbers[0],
                        numbers[1],
                        numbers[2],
                        Stream.of(sizes.split(",", -1)).map(Integer::valueOf).toList())
                .run();
        System.exit(0);
    }

    private static void serve(String name) throws Exception {
        Subject subject = name.startsWith("sluice:") ? () -> sluice(name) : SUBJECTS.get(name);
        if (subject == null) {
            throw new IllegalArgumentException("subject: " + name + " (expected: one of " + SUBJECTS.keySet() + ")");
        }
        System.out.println(subject.start());
        System.in.read(); // until the benchmark ends
        System.exit(0);
    }

    /** The server itself: {@code sluice:SIZE:OUTCOMES:DIRECTORY}. */
    private static int sluice(String name) throws Exception {
        String[] parts = name.split(":", 4);
        int size = Integer.parseInt(parts[1]);
        Path database = Stock.of(Path.of(parts[3]), size);
        return BenchServer.start(database, LOOPS, new Traffic(size, Integer.parseInt(parts[2])));
    }

    private void run() throws Exception {
        Path stock = Files.createTempDirectory("sluice-serve");
        try (Load load = Load.compile()) {
            System.out.printf(
                    "%d connections, %d s, median of %d alternating rounds, %d event loops; %d cores, Linux %s, Java %s%n",
                    connections,
                    seconds,
                    rounds,
                    LOOPS,
                    Runtime.getRuntime().availableProcessors(),
                    System.getProperty("os.version"),
                    System.getProperty("java.version"));
            List<String> subjects = new ArrayList<>(List.of("bare"));
            for (int size : sizes) {
                Stock.of(stock, size);
                subjects.add("sluice:" + size + ":0:" + stock);
            }
            List<String> busy = new ArrayList<>(List.of("bare"));
            for (int size : sizes) {
                busy.add("sluice:" + size + ":2000:" + stock);
            }
            List<String> learning = reports(2_000);
            compare(load, "GET " + TARGET, gets(load, ""), List.of(), subjects);
            compare(load, "with three filters", gets(load, "?" + Population.THREE_FILTERS), List.of(), subjects);
            compare(load, "with source=", gets(load, "?source=crawler"), learning, subjects);
            compare(
                    load,
                    "with three filters and source=",
                    gets(load, "?source=crawler&" + Population.THREE_FILTERS),
                    learning,
                    subjects);
            compare(
                    load,
                    "unfiltered, beside 2,000 outcomes and 5,000 reports a second",
                    gets(load, ""),
                    learning,
                    busy);
            compare(
                    load,
                    "filters and source=, beside 2,000 outcomes and 5,000 reports a second",
                    gets(load, "?source=crawler&" + Population.THREE_FILTERS),
                    learning,
                    busy);
            compare(load, "POST /feedback", load.requests(learning), List.of(), subjects);
            for (int size : sizes) {
                atSeventyPercent(load, "sluice:" + size + ":0:" + stock);
            }
        } finally {
            delete(stock);
        }
    }

    /** An open loop: requests come when they are due, whether the ones before were answered or not. */
    private void atSeventyPercent(Load generator, String name) throws Exception {
        Path requests = gets(generator, "");
        try (Server server = Server.start(name)) {
            Load.Result most = generator.run(server.port, connections, WARM_UP_SECONDS, seconds, 0, requests);
            long rate = Math.round(most.requestsPerSecond() * 0.7);
            Load.Result result = generator.run(server.port, connections, 1, 2 * seconds, rate, requests);
            System.out.printf(
                    "%nGET %s, %s proxies, open loop at 70 %% of %,.0f requests/s: p50 %.0f µs, p99 %.0f µs from when each"
                            + " was due%n",
                    TARGET, name.split(":", -1)[1], most.requestsPerSecond(), result.p50Micros(), result.p99Micros());
        }
    }

    private static Path gets(Load load, String query) throws IOException {
        return load.requests(List.of(Load.get(TARGET + query)));
    }

    /** Reports about entries that every stock has. */
    private static List<String> reports(int count) {
        List<String> reports = new ArrayList<>();
        for (int id = 1; id <= count; id++) {
            var key = Population.key(id * 7L);
            reports.add(Load.post(
                    "/feedback",
                    "{\"source\":\"crawler\",\"proxy\":\"" + key.url() + "\",\"success\":" + (id % 3 > 0)
                            + ",\"latency_ms\":182}"));
        }
        return reports;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** The first name is what the others are measured against. */
    private void compare(Load generator, String title, Path requests, List<String> reports, List<String> names)
            throws Exception {
        Map<String, Server> servers = new LinkedHashMap<>();
        Map<String, List<Round>> results = new LinkedHashMap<>();
        try {
            for (String name : names) {
                servers.put(name, Server.start(name));
                results.put(name, new ArrayList<>());
                if (name.startsWith("sluice:") && !reports.isEmpty()) {
                    generator.run(servers.get(name).port, 16, 0, 2, 0, generator.requests(reports));
                }
            }
            for (int round = 0; round <= rounds; round++) {
                for (Map.Entry<String, Server> entry : servers.entrySet()) {
                    Server server = entry.getValue();
                    Duration before = server.cpu();
                    int warmUp = round == 0 ? WARM_UP_SECONDS : 0;
                    boolean busy = entry.getKey().matches("sluice:.*:2000:.*");
                    Future<?> beside = busy
                            ? besides.submit(() ->
                                    generator.run(server.port, 16, warmUp, seconds, 5_000, generator.requests(reports)))
                            : null;
                    Load.Result load = generator.run(server.port, connections, warmUp, seconds, 0, requests);
                    if (beside != null) {
                        beside.get();
                    }
                    Round result = new Round(load, server.cpu().minus(before));
                    System.err.printf("%d %-8s %s%n", round, entry.getKey(), load.json());
                    if (!load.clean()) {
                        throw new IllegalStateException(
                                entry.getKey() + ": " + load.json() + " (expected: every request answered 2xx)");
                    }
                    if (round > 0) {
                        results.get(entry.getKey()).add(result);
                    }
                }
            }
        } finally {
            for (Server server : servers.values()) {
                server.close();
            }
        }
        print(title, names, results);
    }

    private static void print(String title, List<String> names, Map<String, List<Round>> results) {
        List<Round> base = results.get(names.get(0));
        String to = "to " + names.get(0);
        System.out.printf(
                "%n| %s | requests/s | %s | CPU µs a request | %s | p50 µs | p99 µs | %s |%n", title, to, to, to);
        System.out.println("|---|---|---|---|---|---|---|---|");
        for (String name : names) {
            List<Round> all = results.get(name);
            String shown = name.startsWith("sluice:") ? "Sluice, " + name.split(":", -1)[1] + " proxies" : name;
            double rate = median(all, Round::rate);
            double cpu = median(all, Round::cpuMicros);
            double p99 = median(all, Round::p99Micros);
            System.out.printf(
                    "| %s | %,.0f | %.2f | %.2f | %.2f | %.0f | %.0f | %.2f |%n",
                    shown,
                    rate,
                    rate / median(base, Round::rate),
                    cpu,
                    cpu / median(base, Round::cpuMicros),
                    median(all, Round::p50Micros),
                    p99,
                    p99 / median(base, Round::p99Micros));
        }
    }

    private static double median(List<Round> results, ToDoubleFunction<Round> value) {
        double[] values = results.stream().mapToDouble(value).sorted().toArray();
        return values[values.length / 2];
    }

    /** A Vert.x server with an instance an event loop; a POST is answered when its body is there. */
    private static int vertx(Handler<HttpServerRequest> handler, @Nullable QuickHandler quick, boolean likeOurs)
            throws Exception {
        Vertx vertx =
                Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(LOOPS));
        HttpServerOptions options = new HttpServerOptions().setPort(-1).setHost("127.0.0.1");
        if (likeOurs) {
            options.setIdleTimeout(60).setIdleTimeoutUnit(TimeUnit.SECONDS).setHttp2ClearTextEnabled(false);
        }
        List<HttpServer> servers = new ArrayList<>();
        vertx.deployVerticle(
                        () -> new VerticleBase() {
                            @Override
                            public io.vertx.core.Future<?> start() {
                                HttpServer server = vertx.createHttpServer(options)
                                        .requestHandler(request -> {
                                            if (HttpMethod.POST.equals(request.method())) {
                                                request.body().onSuccess(body -> handler.handle(request));
                                            } else {
                                                handler.handle(request);
                                            }
                                        });
                                if (quick != null) {
                                    server.connectionHandler(new QuickLane(quick, options, HEAD_TIMEOUT)::install);
                                }
                                synchronized (servers) {
                                    servers.add(server);
                                }
                                return server.listen();
                            }
                        },
                        new DeploymentOptions().setInstances(LOOPS))
                .await(20, TimeUnit.SECONDS);
        return servers.get(0).actualPort();
    }

    private static void withHeaders(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        response.putHeader(HttpHeaders.CONTENT_TYPE, TEXT)
                .putHeader(HttpHeaders.CACHE_CONTROL, NO_STORE)
                .putHeader(OPTIONS, NOSNIFF)
                .end(BODY);
    }

    /** Answers with the headers of Sluice and the body of the others. */
    private static final class Constant implements QuickHandler {
        private static final byte[] HEAD = ("HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\n"
                        + "cache-control: no-store\r\nx-content-type-options: nosniff\r\ncontent-length: ")
                .getBytes(StandardCharsets.US_ASCII);
        private static final byte[] END = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

        @Override
        public boolean answer(RequestHead head, AnswerBytes answer) {
            if (!head.uri().equals(TARGET) || head.header("host") == null) {
                return false;
            }
            answer.add(HEAD).addNumber(BODY.length()).add(END).add(BODY);
            return true;
        }
    }

    /** One run of the load and what the server's process spent meanwhile. */
    private record Round(Load.Result load, Duration cpu) {
        double rate() {
            return load.requestsPerSecond();
        }

        double p50Micros() {
            return load.p50Micros();
        }

        double p99Micros() {
            return load.p99Micros();
        }

        double cpuMicros() {
            return cpu.toNanos() / 1e3 / load.requests();
        }
    }

    /** A subject in its process. */
    private static final class Server implements AutoCloseable {
        private final Process process;
        private final int port;

        private Server(Process process, int port) {
            this.process = process;
            this.port = port;
        }

        static Server start(String name) throws IOException {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            name.startsWith("sluice:") ? "-Xmx400m" : "-Xmx256m",
                            "-XX:+UseG1GC",
                            "-cp",
                            System.getProperty("java.class.path"),
                            ServeBenchmark.class.getName(),
                            "serve",
                            name)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            BufferedReader output =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.matches("[0-9]+")) {
                    return new Server(process, Integer.parseInt(line));
                }
            }
            process.destroyForcibly();
            throw new IOException(name + ": did not listen");
        }

        /** What it has spent so far; the system counts in hundredths of a second. */
        Duration cpu() {
            return process.info().totalCpuDuration().orElseThrow();
        }

        @Override
        public void close() throws Exception {
            process.getOutputStream().close();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        }
    }
}
