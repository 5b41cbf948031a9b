package dev.sluice.main;

import java.io.IOException;
import java.lang.management.ManagementFactory;
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
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The assembled jar in a process of its own, confined to loopback, with its data in a folder of the test. */
final class SluiceProcess implements AutoCloseable {
    private static final Path JAR =
            Path.of(System.getProperty("sluice.jar", "target/sluice.jar")).toAbsolutePath();
    private static final Duration PATIENCE = Duration.ofSeconds(240);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Process process;
    private final Path output;
    private final long startedNanos = System.nanoTime();

    private SluiceProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /** Starts {@code sluice arguments…} in {@code folder}, its coverage measured where this JVM's is. */
    static SluiceProcess start(Path folder, String... arguments) throws IOException {
        return start(folder, coverage(), arguments);
    }

    /** The same without an agent, which more than doubles the time of a start. */
    static SluiceProcess startBare(Path folder, String... arguments) throws IOException {
        return start(folder, List.of(), arguments);
    }

    private static SluiceProcess start(Path folder, List<String> agent, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m"));
        command.addAll(agent);
        command.addAll(List.of("-jar", JAR.toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--set", "net.allowed-networks=127.0.0.0/8"));
        Path output = Files.createTempFile(folder, "output", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("SLUICE_"));
        return new SluiceProcess(builder.start(), output);
    }

    /** The agent that measures this JVM's coverage, if there is one, so that it measures the other's too. */
    private static List<String> coverage() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("-javaagent:") && argument.contains("jacoco"))
                .toList();
    }

    /** Starts it, waits for its end and returns it. */
    static SluiceProcess run(Path folder, String... arguments) throws IOException, InterruptedException {
        SluiceProcess started = start(folder, arguments);
        started.exitCode();
        return started;
    }

    /** Waits for the end. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("still running after " + PATIENCE + ":\n" + output());
        }
        return process.exitValue();
    }

    /** What it printed so far, both streams. */
    String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Sends SIGHUP. */
    void hangUp() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start().waitFor();
    }

    /** Ends it without any chance to tidy up, as kill -9 does. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Asks it to stop, as a supervisor does, and waits. */
    int terminate() throws InterruptedException {
        process.destroy();
        return exitCode();
    }

    /** Nanoseconds since it was started. */
    long sinceStartNanos() {
        return System.nanoTime() - startedNanos;
    }

    /** Waits until {@code condition} holds; fails when the process ends or patience does. */
    void until(String what, BooleanSupplier condition) throws InterruptedException {
        if (!reached(condition)) {
            throw new AssertionError("waited for " + what + ":\n" + output());
        }
    }

    /** Waits until {@code condition} holds; false when the process ends or patience does before. */
    boolean reached(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return true;
    }

    /** Body of a GET when it answers 200, otherwise an empty text. */
    static String get(int port, String path) {
        try {
            HttpResponse<String> answer = HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                            .timeout(Duration.ofSeconds(10))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200 ? answer.body() : "";
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    /** A port that was free a moment ago. */
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
