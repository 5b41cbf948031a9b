package dev.sluice.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** {@code sluice farm} in a process of its own. */
final class FarmProgram implements AutoCloseable {
    private final Program program;
    private final String url;
    private final String control;
    private final Path truth;
    private final Path list;

    private FarmProgram(Program program, String url, String control, Path truth, Path list) {
        this.program = program;
        this.url = url;
        this.control = control;
        this.truth = truth;
        this.list = list;
    }

    /** A farm of {@code count} entries with {@code further} options, its list and its truth in {@code folder}. */
    static FarmProgram start(Path folder, int count, String... further) throws Exception {
        int port = Program.freePort();
        int controlPort = Program.freePort();
        Path truth = Files.createTempFile(folder, "truth", ".ndjson");
        List<String> arguments = new ArrayList<>(List.of(
                "farm",
                "--count",
                Integer.toString(count),
                "--seed",
                "7",
                "--farm-port",
                Integer.toString(port),
                "--control-port",
                Integer.toString(controlPort),
                "--truth",
                truth.toString()));
        arguments.addAll(List.of(further));
        Program program = Program.start(folder, "768m", arguments);
        String url = "http://127.0.0.1:" + port;
        program.until(
                "the farm",
                Duration.ofSeconds(60),
                () -> !Program.get(url + "/list/all.txt").isEmpty());
        Path list = Files.createTempFile(folder, "list", ".txt");
        Program.save(url + "/list/all.txt", list);
        Program.save(url + "/list/unknown.txt", list);
        return new FarmProgram(program, url, "http://127.0.0.1:" + controlPort, truth, list);
    }

    String url() {
        return url;
    }

    /** Where orders go, and what answers through an outage. */
    String control() {
        return control;
    }

    /** {@code host:port} behind the same knee and outages as the proxies. */
    String anchor() throws IOException {
        var summary = new ObjectMapper().readTree(Program.get(control + "/truth"));
        return summary.path("anchor").asText();
    }

    /** Connections accepted in each of the last seconds, the oldest first. */
    List<Integer> acceptedPerSecond() throws IOException {
        List<Integer> counts = new ArrayList<>();
        new ObjectMapper()
                .readTree(Program.get(control + "/truth"))
                .path("accepted_per_second")
                .forEach(count -> counts.add(count.asInt()));
        return counts;
    }

    Path truth() {
        return truth;
    }

    Path list() {
        return list;
    }

    Program program() {
        return program;
    }

    @Override
    public void close() throws InterruptedException {
        program.close();
    }
}
