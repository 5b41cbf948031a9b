package dev.sluice.bench;

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
    private final Path truth;
    private final Path list;

    private FarmProgram(Program program, String url, Path truth, Path list) {
        this.program = program;
        this.url = url;
        this.truth = truth;
        this.list = list;
    }

    /** A farm of {@code count} entries with {@code further} options, its list and its truth in {@code folder}. */
    static FarmProgram start(Path folder, int count, String... further) throws Exception {
        int port = Program.freePort();
        Path truth = Files.createTempFile(folder, "truth", ".ndjson");
        List<String> arguments = new ArrayList<>(List.of(
                "farm",
                "--count",
                Integer.toString(count),
                "--seed",
                "7",
                "--farm-port",
                Integer.toString(port),
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
        return new FarmProgram(program, url, truth, list);
    }

    String url() {
        return url;
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

    static void settle() throws IOException, InterruptedException {
        System.gc();
        Thread.sleep(2_000);
    }
}
