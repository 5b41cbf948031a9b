package dev.sluice.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code src/bench/c/load.c}, compiled for as long as a benchmark runs. */
final class Load implements AutoCloseable {
    private static final Path SOURCE = Path.of("src/bench/c/load.c").toAbsolutePath();

    private final Path folder;
    private final Path program;
    private final List<Path> files = new ArrayList<>();

    private Load(Path folder) {
        this.folder = folder;
        this.program = folder.resolve("load");
        files.add(program);
    }

    /** Compiles it; fails with a sentence that says what is missing. */
    static Load compile() throws IOException, InterruptedException {
        Load load = new Load(Files.createTempDirectory("sluice-load"));
        int status;
        try {
            status = new ProcessBuilder("cc", "-O2", "-o", load.program.toString(), SOURCE.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
        } catch (IOException e) {
            load.close();
            throw new IOException("no load without a C compiler: " + e.getMessage() + " (expected: cc on the path)", e);
        }
        if (status != 0) {
            load.close();
            throw new IOException(SOURCE + ": cc ended with " + status + " (expected: run from the project's folder)");
        }
        return load;
    }

    /** A file of requests that are sent in turn; each a whole HTTP/1.1 request. */
    Path requests(List<String> requests) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String request : requests) {
            byte[] one = request.getBytes(StandardCharsets.UTF_8);
            bytes.write((one.length + "\n").getBytes(StandardCharsets.US_ASCII));
            bytes.write(one);
        }
        Path file = folder.resolve("requests" + files.size());
        files.add(file);
        return Files.write(file, bytes.toByteArray());
    }

    /** A GET without anything but its Host. */
    static String get(String target) {
        return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    }

    /** A POST of JSON. */
    static String post(String target, String json) {
        return "POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: "
                + json.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + json;
    }

    /**
     * Loads {@code port} of this machine.
     *
     * @param requestsPerSecond of an open loop; 0 for a closed one
     */
    Result run(int port, int connections, double warmUpSeconds, double seconds, long requestsPerSecond, Path requests)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        program.toString(),
                        String.valueOf(port),
                        String.valueOf(connections),
                        String.valueOf(warmUpSeconds),
                        String.valueOf(seconds),
                        String.valueOf(requestsPerSecond),
                        requests.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            if (!process.waitFor((long) (warmUpSeconds + seconds) + 30, TimeUnit.SECONDS)) {
                throw new IOException("load: still running (expected: an end of its own)");
            }
            String line = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            if (process.exitValue() != 0) {
                throw new IOException("load: ended with " + process.exitValue());
            }
            return Result.of(line);
        } finally {
            process.destroyForcibly();
        }
    }

    @Override
    public void close() throws IOException {
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
        Files.deleteIfExists(folder);
    }

    /**
     * What came of it; latencies in microseconds.
     *
     * @param json the line as the program printed it
     */
    record Result(
            long requests,
            double requestsPerSecond,
            double p50Micros,
            double p99Micros,
            double maxMicros,
            long errors,
            long otherThan2xx,
            long unanswered,
            String json) {

        static Result of(String json) {
            return new Result(
                    (long) number(json, "requests"),
                    number(json, "requests_per_second"),
                    number(json, "p50_us"),
                    number(json, "p99_us"),
                    number(json, "max_us"),
                    (long) number(json, "errors"),
                    (long) number(json, "non_2xx"),
                    (long) number(json, "unanswered"),
                    json);
        }

        private static double number(String json, String name) {
            Matcher matcher = Pattern.compile('"' + name + "\":([0-9.]+)").matcher(json);
            if (!matcher.find()) {
                throw new IllegalArgumentException("load: " + json + " (expected: " + name + ")");
            }
            return Double.parseDouble(matcher.group(1));
        }

        /** Whether every request was answered 2xx. */
        boolean clean() {
            return errors == 0 && otherThan2xx == 0 && unanswered == 0;
        }
    }
}
