package dev.sluice.bench;

import dev.sluice.net.AnswerBytes;
import dev.sluice.net.QuickHandler;
import dev.sluice.net.QuickLane;
import dev.sluice.net.RequestHead;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What answering costs against a bare Vert.x server that answers a constant of the same length. Each subject is a process of
 * its own with two event loops on the native transport; rounds alternate between them, the first warms up and is dropped,
 * medians of the others are printed with their ratios to the bare server in the same table. On a machine that is busy with
 * other things the column of the server's CPU time is the one to look at.
 *
 * <p>Needs Linux and {@code cc}. Arguments: connections (64), seconds a round (4), rounds (5).
 */
public final class ServeBenchmark {
    private static final int LOOPS = 2;
    private static final int WARM_UP_SECONDS = 5;
    private static final String TARGET = "/get-proxy";
    private static final String BODY = "http://203.0.113.77:31280 elite DE 182 ms score 0.973 seen 42\n";
    private static final String FEEDBACK =
            "{\"proxy\":\"http://203.0.113.77:31280\",\"ok\":true,\"latency_ms\":182,\"target\":\"example.com\"}";
    private static final Duration HEAD_TIMEOUT = Duration.ofSeconds(10);

    private static final CharSequence TEXT = HttpHeaders.createOptimized("text/plain; charset=utf-8");
    private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");
    private static final CharSequence OPTIONS = HttpHeaders.createOptimized("x-content-type-options");
    private static final CharSequence NOSNIFF = HttpHeaders.createOptimized("nosniff");

    /** What is served, by name; each listens and tells its port. */
    private static final Map<String, Subject> SUBJECTS = subjects();

    private final int connections;
    private final int seconds;
    private final int rounds;

    private ServeBenchmark(int connections, int seconds, int rounds) {
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
        for (int i = 0; i < arguments.length; i++) {
            numbers[i] = Integer.parseInt(arguments[i]);
        }
        new ServeBenchmark(numbers[0], numbers[1], numbers[2]).run();
    }

    private static void serve(String name) throws Exception {
        Subject subject = SUBJECTS.get(name);
        if (subject == null) {
            throw new IllegalArgumentException("subject: " + name + " (expected: one of " + SUBJECTS.keySet() + ")");
        }
        System.out.println(subject.start());
        System.in.read(); // until the benchmark ends
        System.exit(0);
    }

    private void run() throws Exception {
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
            compare(
                    load,
                    "GET " + TARGET,
                    load.requests(List.of(Load.get(TARGET))),
                    List.of("bare", "headers", "lane"));
            compare(
                    load,
                    "POST, " + FEEDBACK.length() + " bytes",
                    load.requests(List.of(Load.post("/feedback", FEEDBACK))),
                    List.of("bare", "headers", "lane"));
        }
    }

    /** The first name is what the others are measured against. */
    private void compare(Load generator, String title, Path requests, List<String> names) throws Exception {
        Map<String, Server> servers = new LinkedHashMap<>();
        Map<String, List<Round>> results = new LinkedHashMap<>();
        try {
            for (String name : names) {
                servers.put(name, Server.start(name));
                results.put(name, new ArrayList<>());
            }
            for (int round = 0; round <= rounds; round++) {
                for (Map.Entry<String, Server> entry : servers.entrySet()) {
                    Server server = entry.getValue();
                    Duration before = server.cpu();
                    Load.Result load = generator.run(
                            server.port, connections, round == 0 ? WARM_UP_SECONDS : 0, seconds, 0, requests);
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
            double rate = median(all, Round::rate);
            double cpu = median(all, Round::cpuMicros);
            double p99 = median(all, Round::p99Micros);
            System.out.printf(
                    "| %s | %,.0f | %.2f | %.2f | %.2f | %.0f | %.0f | %.2f |%n",
                    name,
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
                            public Future<?> start() {
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
                            "-Xms256m",
                            "-Xmx256m",
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
