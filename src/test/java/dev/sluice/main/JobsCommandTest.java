package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConfigLoader;
import dev.sluice.config.Inputs;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobState;
import dev.sluice.port.NewJob;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.Stores;
import dev.sluice.store.TestVaults;
import io.vertx.core.Vertx;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code jobs} beside a server that owns the database, and in a database that nobody owns. */
class JobsCommandTest {
    private static final String JOBS = "/api/v1/jobs";
    private static final String NO_JOB = "{\"type\":\"urn:sluice:problem:no-job\",\"detail\":\"job: j1\"}";
    private static final String CONFLICT = "{\"type\":\"urn:sluice:problem:job-state\",\"detail\":\"is completed\"}";

    private final Vertx vertx = Vertx.vertx();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private PlayedServer server;

    @TempDir
    private Path folder = Path.of(".");

    @BeforeEach
    void start() throws Exception {
        server = new PlayedServer();
    }

    @AfterEach
    void stop() {
        server.close();
        vertx.close().await();
    }

    private String url() {
        return "sqlite:" + folder.resolve("sluice.db");
    }

    private ProxyStore open() {
        return Stores.open(
                        vertx,
                        ConfigLoader.load(Inputs.of(Map.of("SLUICE_STORE_URL", url())))
                                .config()
                                .store(),
                        TestVaults.usual())
                .await();
    }

    private int run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        Settings.add(all, "store.url=" + url());
        Settings.add(all, "server.port=" + server.port());
        return new picocli.CommandLine(new Sluice())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println(Failures.describe(failure));
                    return ExitCode.of(failure);
                })
                .execute(all.toArray(String[]::new));
    }

    /** While the database has another owner, as when a server runs. */
    private int beside(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--key");
        all.add(PlayedServer.KEY);
        ProxyStore owned = open();
        try {
            return run(all.toArray(String[]::new));
        } finally {
            owned.close().await();
        }
    }

    private static String job(String state) {
        return "{\"id\":\"j1\",\"type\":\"import\",\"state\":\"" + state + "\",\"attempts\":2,\"max_attempts\":5,"
                + "\"cancel_requested\":false,\"progress\":{\"lines\":7},\"failures\":[{\"error\":\"first\"},"
                + "{\"error\":\"disk full\"}],\"created_at\":\"2026-01-01T12:00:00.123Z\"}";
    }

    @Test
    void aServersJobsAreListed() {
        server.answers("GET " + JOBS, 200, "{\"jobs\":[" + job("failed") + "," + job("completed") + "],\"next\":null}");

        assertThat(beside("jobs", "list", "--kind", "import,export", "--state", "failed,completed", "--limit", "7"))
                .as(err.toString())
                .isEqualTo(ExitCode.DONE);
        assertThat(server.asked)
                .containsExactly("GET " + JOBS + "?limit=7&kind=import,export&state=completed,failed root ");
        assertThat(out.toString().lines())
                .hasSize(3)
                .anySatisfy(line -> assertThat(line)
                        .contains("j1", "import", "failed", "2/5", "2026-01-01T12:00:00Z", "disk full")
                        .doesNotContain("first"))
                .anySatisfy(line -> assertThat(line).contains("completed", "7 lines"));
    }

    @Test
    void aListForMachinesIsAnObjectALine() {
        server.answers("GET " + JOBS, 200, "{\"jobs\":[{\"id\":\"j2\"},{\"id\":\"j1\"}],\"next\":null}");

        assertThat(beside("jobs", "list", "--json")).isEqualTo(ExitCode.DONE);
        assertThat(out.toString().lines()).containsExactly("{\"id\":\"j2\"}", "{\"id\":\"j1\"}");
    }

    @Test
    void oneJobIsShownWithAllItsErrors() {
        server.answers("GET " + JOBS + "/j1", 200, job("failed"));

        assertThat(beside("jobs", "show", "j1")).isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("\"first\"", "\"disk full\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"show", "watch", "cancel", "retry", "drop"})
    void aJobThatIsNotThereIsNamed(String what) {
        for (String request :
                List.of("GET " + JOBS + "/j1", "POST " + JOBS + "/j1/cancel", "POST " + JOBS + "/j1/retry")) {
            server.answers(request, 404, NO_JOB);
        }
        assertThat(beside("jobs", what, "j1")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("job j1 (expected: one that jobs list shows)");
    }

    @Test
    void aJobIsStopped() {
        server.answers(
                "POST " + JOBS + "/j1/cancel",
                202,
                job("processing").replace("\"cancel_requested\":false", "\"cancel_requested\":true"));

        assertThat(beside("jobs", "cancel", "j1")).isEqualTo(ExitCode.DONE);
        assertThat(err.toString()).contains("job j1 is stopped");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cancel", "retry"})
    void whatIsOverCannotBeStoppedOrTriedAgain(String what) {
        server.answers("POST " + JOBS + "/j1/" + what, 409, CONFLICT)
                .answers("GET " + JOBS + "/j1", 200, job("completed"));

        assertThat(beside("jobs", what, "j1")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("job j1 is completed (expected: another state)");
    }

    @Test
    void aJobIsTriedAgain() {
        server.answers("POST " + JOBS + "/j1/retry", 202, job("pending"));

        assertThat(beside("jobs", "retry", "j1")).isEqualTo(ExitCode.DONE);
        assertThat(err.toString()).contains("job j1 is tried again");
    }

    @Test
    void allThatWereGivenUpAreTriedAgain() {
        server.answers("POST " + JOBS + "/retry", 202, "{\"retried\":3}");

        assertThat(beside("jobs", "retry", "--failed", "--kind", "import")).isEqualTo(ExitCode.DONE);
        assertThat(server.asked).containsExactly("POST " + JOBS + "/retry?kind=import root ");
        assertThat(err.toString()).contains("3 jobs are tried again");
    }

    @Test
    void whatIsOverIsForgotten() {
        server.answers("GET " + JOBS + "/j1", 200, job("completed")).answers("DELETE " + JOBS + "/j1", 204, "");

        assertThat(beside("jobs", "drop", "j1")).isEqualTo(ExitCode.DONE);
        assertThat(err.toString()).contains("job j1 is forgotten");
    }

    @Test
    void whatIsUnderWayIsNotForgotten() {
        server.answers("GET " + JOBS + "/j1", 200, job("processing")).answers("DELETE " + JOBS + "/j1", 409, CONFLICT);

        assertThat(beside("jobs", "drop", "j1")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("job j1 is processing");
    }

    @Test
    void aJobIsWatchedToItsEnd() {
        server.answers("GET " + JOBS + "/j1", 200, job("pending"))
                .answers("GET " + JOBS + "/j1", 200, job("processing"))
                .answers("GET " + JOBS + "/j1", 200, job("completed"));

        assertThat(beside("jobs", "watch", "j1")).isEqualTo(ExitCode.DONE);
        assertThat(server.asked).hasSize(3);
        assertThat(err.toString()).contains("job j1 is completed");
    }

    @Test
    void aJobThatFailsWhileItIsWatchedIsAFailure() {
        server.answers("GET " + JOBS + "/j1", 200, job("failed"));

        assertThat(beside("jobs", "watch", "j1")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("job j1 is failed");
    }

    @Test
    void withoutAServerTheDatabaseIsAsked() {
        String waits = "019b76da-a800-7000-8000-000000000001";
        ProxyStore store = open();
        store.jobs()
                .add(waits, NewJob.of(JobKind.IMPORT, "import", "{}"), 1, 10)
                .await();
        store.close().await();

        assertThat(run("jobs", "list", "--json")).as(err.toString()).isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains(waits, "\"pending\"");
        assertThat(run("jobs", "watch", waits))
                .as("nobody would ever work on it")
                .isEqualTo(ExitCode.USAGE);
        assertThat(run("jobs", "drop", waits)).isEqualTo(ExitCode.FAILED);
        assertThat(run("jobs", "cancel", waits)).isEqualTo(ExitCode.DONE);
        assertThat(run("jobs", "watch", waits)).as("cancelled").isEqualTo(ExitCode.FAILED);
        assertThat(run("jobs", "retry", waits)).isEqualTo(ExitCode.DONE);
        assertThat(run("jobs", "cancel", waits)).isEqualTo(ExitCode.DONE);
        assertThat(run("jobs", "drop", waits)).isEqualTo(ExitCode.DONE);
        assertThat(run("jobs", "show", waits)).isEqualTo(ExitCode.FAILED);
        assertThat(run("jobs", "retry", "--failed")).isEqualTo(ExitCode.DONE);
        assertThat(err.toString()).contains("0 jobs are tried again");
        assertThat(server.asked).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jobs list --limit 0",
                "jobs list --limit 1001",
                "jobs list --kind wish",
                "jobs list --state lost",
                "jobs show",
                "jobs retry",
                "jobs retry j1 --failed",
                "jobs retry j1 --kind import",
            })
    void whatIsNotUnderstoodIsUsage(String line) {
        assertThat(run(line.split(" ", -1))).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).isNotBlank();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void statesAndKindsAreThoseThereAre() {
        for (JobState state : JobState.values()) {
            assertThat(new JobsCommand.StateConverter().convert(state.text())).isEqualTo(state);
        }
        for (JobKind kind : JobKind.values()) {
            assertThat(new JobsCommand.KindConverter().convert(kind.text())).isEqualTo(kind);
        }
    }
}
