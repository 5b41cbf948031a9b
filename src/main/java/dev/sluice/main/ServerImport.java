package dev.sluice.main;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.port.JobState;
import dev.sluice.port.Merge;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An import that a running server makes: sends the list, or says where it is, and follows the job. Blocks. */
final class ServerImport {
    private static final String PATH = "/api/v1/imports";
    private static final Duration LONGEST_UPLOAD = Duration.ofHours(6);
    private static final long LOOK_MILLIS = 500;

    private final ServerClient server;
    private final PrintWriter err;
    private final JobProgress progress;
    private final Interruption interruption;

    /**
     * An import.
     *
     * @param err where progress and what came of it are told
     * @param watched whether somebody looks on
     */
    ServerImport(ServerClient server, PrintWriter err, boolean watched, Interruption interruption) {
        this.server = server;
        this.err = err;
        this.progress = new JobProgress(err, watched);
        this.interruption = interruption;
    }

    /**
     * Makes the import.
     *
     * @param list a file, an address of http or https, or {@code -} for standard input
     * @param report where to save the lines that became no entry; null for nowhere
     * @param detached whether to leave once the server has the list
     * @return the exit code
     */
    int run(String list, Merge merge, boolean dryRun, @Nullable Path report, boolean detached)
            throws IOException, InterruptedException {
        ServerClient.Answer taken = send(list, merge, dryRun);
        if (taken.status() != 200) {
            taken.require(202);
        }
        String id = taken.text("id");
        if (detached) {
            err.println("job " + id + ": the server imports " + list + "; `sluice jobs watch " + id + "` follows it");
            return ExitCode.DONE;
        }
        JsonNode job = follow(id, taken.json());
        progress.end();
        return ended(list, id, job, report);
    }

    private ServerClient.Answer send(String list, Merge merge, boolean dryRun)
            throws IOException, InterruptedException {
        String how = "merge=" + merge.name().toLowerCase(Locale.ROOT) + (dryRun ? "&dry_run=1" : "");
        if (list.startsWith("http://") || list.startsWith("https://")) {
            return server.post(
                    PATH + "/fetch?" + how,
                    ServerClient.JSON.createObjectNode().put("url", list).toString());
        }
        if (list.equals("-")) {
            InputStream in = new BufferedInputStream(System.in);
            return server.upload(
                    PATH + '?' + how + "&name=stdin", BodyPublishers.ofInputStream(() -> in), LONGEST_UPLOAD);
        }
        Path file = Path.of(list);
        return server.upload(PATH + '?' + how + "&name=" + name(file), BodyPublishers.ofFile(file), LONGEST_UPLOAD);
    }

    /** What the API takes for a name: up to 100 characters, no commas. */
    private static String name(Path file) {
        Path last = file.getFileName();
        String plain = (last == null ? "list" : last.toString()).replaceAll("[\\p{Cntrl},]", "_");
        return URLEncoder.encode(plain.substring(0, Math.min(100, plain.length())), StandardCharsets.UTF_8);
    }

    private JsonNode follow(String id, JsonNode first) throws IOException, InterruptedException {
        JsonNode job = first;
        boolean stopping = false;
        while (state(job).live()) {
            progress.show(job);
            if (interruption.isAsked() && !stopping) {
                // One that came to its end meanwhile cannot be stopped any more; the next look shows it.
                stopping = !busy(server.ask("POST", PATH + '/' + id + "/cancel"));
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            ServerClient.Answer answer = server.ask("GET", PATH + '/' + id);
            if (!busy(answer)) {
                answer.require(200);
                job = answer.json();
            }
        }
        return job;
    }

    /** Whether the server wants to be asked again later: the import goes on all the same. */
    private static boolean busy(ServerClient.Answer answer) {
        return answer.status() == 429 || answer.status() == 503;
    }

    private int ended(String list, String id, JsonNode job, @Nullable Path report)
            throws IOException, InterruptedException {
        JobState state = state(job);
        JsonNode counts = job.path(state == JobState.COMPLETED ? "result" : "progress");
        err.printf(
                Locale.ROOT,
                "%s: %s, %,d lines%n",
                list,
                state.text(),
                counts.path("lines").asLong());
        err.printf(
                Locale.ROOT,
                "  accepted %,d   new %,d, known %,d   rejected %,d%n",
                counts.path("accepted").asLong(),
                counts.path("added").asLong(),
                counts.path("known").asLong(),
                counts.path("rejected").asLong());
        if (report != null) {
            ServerClient.Answer saved = server.download(PATH + '/' + id + "/rejected", report);
            if (saved.status() == 404) {
                err.println("  no report: " + saved.json().path("detail").asText());
            } else {
                saved.require(200);
            }
        }
        if (state == JobState.FAILED) {
            JsonNode failures = job.path("failures");
            if (!failures.isEmpty()) {
                err.println("sluice: "
                        + failures.get(failures.size() - 1).path("error").asText());
            }
        }
        if (state != JobState.COMPLETED) {
            err.println("  `sluice jobs retry " + id + "` goes on where it stopped");
        }
        err.flush();
        if (interruption.isAsked()) {
            return interruption.exitCode();
        }
        return state == JobState.COMPLETED ? ExitCode.DONE : ExitCode.FAILED;
    }

    private static JobState state(JsonNode job) {
        JobState state = JobState.of(job.path("state").asText());
        return state == null ? JobState.PENDING : state;
    }
}
