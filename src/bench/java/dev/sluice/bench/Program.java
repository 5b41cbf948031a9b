package dev.sluice.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** {@code target/sluice.jar} in a process of its own, confined to loopback. Ends with the benchmark at the latest. */
final class Program implements AutoCloseable {
    private static final Path JAR = Path.of("target/sluice.jar").toAbsolutePath();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Process process;
    private final Path output;
    private final Path errors;
    private final long startedNanos = System.nanoTime();

    private Program(Process process, Path output, Path errors) {
        this.process = process;
        this.output = output;
        this.errors = errors;
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    }

    /** Starts {@code sluice arguments…} in {@code folder} with {@code heap} as its largest heap, for example {@code 256m}. */
    static Program start(Path folder, String heap, List<String> arguments) throws IOException {
        return start(folder, List.of("-Xmx" + heap, "-XX:+UseG1GC"), Map.of(), arguments);
    }

    /** The same with {@code flags} for the JVM and variables for its environment. */
    static Program start(Path folder, List<String> flags, Map<String, String> environment, List<String> arguments)
            throws IOException {
        if (!Files.isRegularFile(JAR)) {
            throw new IOException(JAR + ": missing (expected: mvn -DskipTests package before)");
        }
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-jar", JAR.toString()));
        command.addAll(arguments);
        command.addAll(List.of("--set", "net.allowed-networks=127.0.0.0/8"));
        Path output = Files.createTempFile(folder, "output", ".txt");
        Path errors = Files.createTempFile(folder, "errors", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(errors.toFile())
                .redirectOutput(output.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("SLUICE_"));
        builder.environment().putAll(environment);
        return new Program(builder.start(), output, errors);
    }

    static Program start(Path folder, String heap, String... arguments) throws IOException {
        return start(folder, heap, Arrays.asList(arguments));
    }

    /** Waits for the end; its code. */
    int await(Duration patience) throws InterruptedException {
        if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly();
            throw new IllegalStateException("still running after " + patience + "\n" + tail());
        }
        return process.exitValue();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    Path output() {
        return output;
    }

    String errors() throws IOException {
        return Files.readString(errors);
    }

    double seconds() {
        return (System.nanoTime() - startedNanos) / 1e9;
    }

    /** Number of the process. */
    long pid() {
        return process.pid();
    }

    /** Largest resident set so far. Ask while it runs. */
    long peakMib() throws IOException {
        return statusMib("VmHWM:");
    }

    /** Resident set now. */
    long residentMib() throws IOException {
        return statusMib("VmRSS:");
    }

    private long statusMib(String field) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            if (line.startsWith(field)) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
            }
        }
        return 0;
    }

    /** Descriptors it has open now. */
    long openFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
            return files.count();
        }
    }

    /** Waits until {@code condition} holds; throws when the process ends or patience does. */
    void until(String what, Duration patience, BooleanSupplier condition) throws Exception {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IllegalStateException("waited for " + what + "\n" + tail());
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private String tail() {
        try {
            List<String> lines = new ArrayList<>(Files.readAllLines(output));
            lines.addAll(Files.readAllLines(errors));
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Body of a GET that is answered 200, otherwise an empty text. */
    static String get(String url) {
        return send(HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofSeconds(20))
                .build());
    }

    static String post(String url) {
        return send(HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofSeconds(20))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build());
    }

    private static String send(HttpRequest request) {
        try {
            HttpResponse<String> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() < 300 ? answer.body() : "";
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    static void save(String url, Path file) throws IOException, InterruptedException {
        HttpResponse<InputStream> answer =
                HTTP.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = answer.body()) {
            Files.write(
                    file,
                    body.readAllBytes(),
                    java.nio.file.StandardOpenOption.CREATE,
                    java.nio.file.StandardOpenOption.APPEND);
        }
    }

    /** A port that was free a moment ago. */
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Ends it as {@code kill -9} does. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
