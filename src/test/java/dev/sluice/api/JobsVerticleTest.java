package dev.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.message.JobChanged;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobRecord;
import dev.sluice.port.JobState;
import dev.sluice.port.NewJob;
import dev.sluice.port.Recheck;
import dev.sluice.store.StoreException;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code /api/v1/jobs} and {@code /api/v1/schedule}. */
final class JobsVerticleTest {
    private static final String JOBS = "/api/v1/jobs";

    private final Vertx vertx = Vertx.vertx();
    private final Surroundings around = new Surroundings();
    private final Bus bus = new Bus(vertx);
    private int port;

    @BeforeEach
    void start() {
        port = Surroundings.deploy(vertx, around.verticle(Surroundings.server(0, null), Surroundings.noKey(), bus))
                .port();
    }

    @AfterEach
    void stop() {
        vertx.close().await();
        around.telemetry.close();
    }

    private Wire.Answer send(String method, String path, String body) throws Exception {
        return Wire.untilClosed(
                port,
                method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                        + body.length() + "\r\n\r\n" + body);
    }

    private JsonObject json(String method, String path, String body, int status) throws Exception {
        Wire.Answer answer = send(method, path, body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        return new JsonObject(answer.body());
    }

    private JobRecord put(String id, JobKind kind, JobState state) {
        JobRecord job = RememberedJobs.job(id, NewJob.of(kind, "import", "{}"), state);
        around.jobs.put(job);
        return job;
    }

    @Test
    void aRecheckIsSubmittedAndShown() throws Exception {
        JsonObject made = json(
                "POST",
                JOBS,
                "{\"type\":\"recheck\",\"protocols\":[\"SOCKS5\"],\"tiers\":[2,\"inactive\"],\"countries\":[\"de\"],"
                        + "\"not_checked_for_s\":3600,\"priority\":7,\"key\":\"nightly\"}",
                202);
        assertThat(made.getString("state")).isEqualTo("pending");
        assertThat(made.getInteger("priority")).isEqualTo(7);
        NewJob job = around.jobs.get(made.getString("id")).await().orElseThrow().job();
        assertThat(job.kind()).isEqualTo(JobKind.VALIDATION);
        assertThat(job.type()).isEqualTo(Recheck.TYPE);
        assertThat(new JsonObject(job.payload()))
                .isEqualTo(new JsonObject()
                        .put("ids", new JsonArray())
                        .put("schemes", new JsonArray(List.of("socks5")))
                        .put("tiers", new JsonArray(List.of("at-risk", "inactive")))
                        .put("countries", new JsonArray(List.of("DE")))
                        .put("lists", new JsonArray())
                        .put("not_checked_for_s", 3600));
        assertThat(json("GET", JOBS + '/' + made.getString("id"), "", 200)).isEqualTo(made);
        assertThat(json("POST", JOBS, "{\"type\":\"recheck\",\"key\":\"nightly\"}", 200)
                        .getString("id"))
                .as("the same key")
                .isEqualTo(made.getString("id"));
    }

    @Test
    void everythingIsPlannedAnewOnceAtATime() throws Exception {
        JsonObject first = json("POST", JOBS, "{\"type\":\"replan\"}", 202);
        assertThat(first.getString("kind")).isEqualTo("analysis");
        assertThat(json("POST", JOBS, "{\"type\":\"replan\"}", 200).getString("id"))
                .isEqualTo(first.getString("id"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]                                        | no object",
                "{                                         | the body is no JSON",
                "{}                                        | /type",
                "{\"type\":\"import\"}                     | /type",
                "{\"type\":\"recheck\",\"tiers\":[5]}      | /tiers",
                "{\"type\":\"recheck\",\"ids\":[]}         | /ids",
                "{\"type\":\"recheck\",\"ids\":[-1]}       | /ids",
                "{\"type\":\"recheck\",\"ids\":[1.5]}      | /ids",
                "{\"type\":\"recheck\",\"protocols\":\"x\"}| /protocols",
                "{\"type\":\"recheck\",\"countries\":[\"DEU\"]}| /countries",
                "{\"type\":\"recheck\",\"priority\":11}    | /priority",
                "{\"type\":\"recheck\",\"not_checked_for_s\":-1}| /not_checked_for_s",
                "{\"type\":\"recheck\",\"a/b\":1}          | /a~1b",
                "{\"type\":\"replan\",\"key\":\"x\"}       | /key"
            })
    void aWrongWishIsRefusedWithItsPlace(String body, String named) throws Exception {
        Wire.Answer answer = send("POST", JOBS, body);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains(named);
        assertThat(around.jobs.counts().await()).isEmpty();
    }

    @Test
    void tooManyJobsAreToldToComeLater() throws Exception {
        around.jobs.most = 0;
        Wire.Answer answer = send("POST", JOBS, "{\"type\":\"replan\"}");
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.headers().get("retry-after")).isEqualTo("10");
        assertThat(answer.body()).contains("jobs-full");
    }

    @Test
    void aListHasPages() throws Exception {
        for (int i = 1; i <= 5; i++) {
            put("job-" + i, i % 2 == 0 ? JobKind.EXPORT : JobKind.IMPORT, JobState.COMPLETED);
        }
        JsonObject page = json("GET", JOBS + "?limit=2", "", 200);
        assertThat(ids(page)).containsExactly("job-5", "job-4");
        assertThat(page.getString("next")).isEqualTo("job-4");
        JsonObject last = json("GET", JOBS + "?limit=3&before=job-4", "", 200);
        assertThat(ids(last)).containsExactly("job-3", "job-2", "job-1");
        assertThat(ids(json("GET", JOBS + "?kind=export", "", 200))).containsExactly("job-4", "job-2");
        assertThat(ids(json("GET", JOBS + "?state=failed,pending", "", 200))).isEmpty();
        assertThat(json("GET", JOBS + "/counts", "", 200)
                        .getJsonObject("import")
                        .getLong("completed"))
                .isEqualTo(3);
    }

    private static List<String> ids(JsonObject page) {
        return page.getJsonArray("jobs").stream()
                .map(job -> ((JsonObject) job).getString("id"))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"?kind=wish", "?state=lost", "?limit=0", "?limit=1001", "?nonsense=1"})
    void aWrongFilterIsRefused(String query) throws Exception {
        assertThat(send("GET", JOBS + query, "").status()).isEqualTo(400);
    }

    @Test
    void aDeadLetterShowsItsErrorsAndIsTriedAgain() throws Exception {
        JobRecord job = put("dead", JobKind.IMPORT, JobState.FAILED);
        around.jobs.put(RememberedJobs.with(
                job,
                JobState.FAILED,
                false,
                "{\"lines\":7}",
                null,
                List.of(new JobRecord.Failure(1_767_268_800_000L, 1, "node/import-1", "disk full"))));
        JsonObject shown = json("GET", JOBS + "/dead", "", 200);
        assertThat(shown.getJsonObject("progress").getInteger("lines")).isEqualTo(7);
        assertThat(shown.getJsonArray("failures").getJsonObject(0).getString("error"))
                .isEqualTo("disk full");
        assertThat(json("POST", JOBS + "/dead/retry", "", 202).getString("state"))
                .isEqualTo("pending");
        assertThat(send("POST", JOBS + "/dead/retry", "").status())
                .as("is live already: as it is")
                .isEqualTo(202);
    }

    @Test
    void allDeadLettersAreTriedAgainAtOnce() throws Exception {
        put("one", JobKind.IMPORT, JobState.FAILED);
        put("two", JobKind.EXPORT, JobState.FAILED);
        put("three", JobKind.EXPORT, JobState.COMPLETED);
        assertThat(json("POST", JOBS + "/retry?kind=export", "", 202).getInteger("retried"))
                .isEqualTo(1);
        assertThat(json("POST", JOBS + "/retry", "", 202).getInteger("retried")).isEqualTo(1);
    }

    @Test
    void aWaitingJobEndsAtOnceAndOneUnderWayIsAsked() throws Exception {
        put("waiting", JobKind.IMPORT, JobState.PENDING);
        put("under-way", JobKind.IMPORT, JobState.PROCESSING);
        put("over", JobKind.IMPORT, JobState.COMPLETED);
        assertThat(json("POST", JOBS + "/waiting/cancel", "", 200).getString("state"))
                .isEqualTo("cancelled");
        assertThat(json("POST", JOBS + "/under-way/cancel", "", 202).getBoolean("cancel_requested"))
                .isTrue();
        assertThat(json("POST", JOBS + "/over/cancel", "", 409).getString("type"))
                .endsWith(":job-state");
    }

    @Test
    void onlyWhatIsOverIsDropped() throws Exception {
        put("live", JobKind.IMPORT, JobState.PROCESSING);
        put("over", JobKind.IMPORT, JobState.CANCELLED);
        assertThat(send("DELETE", JOBS + "/live", "").status()).isEqualTo(409);
        assertThat(send("DELETE", JOBS + "/over", "").status()).isEqualTo(204);
        assertThat(json("GET", JOBS + "/over", "", 404).getString("type")).endsWith(":no-job");
    }

    @Test
    void aSilentDatabaseIsNamed() throws Exception {
        around.jobs.failure = new StoreException(StoreException.Kind.UNAVAILABLE, "database x: gone");
        assertThat(json("GET", JOBS, "", 503).getString("type")).endsWith(":store-unavailable");
    }

    @Test
    void aClientFollowsAJobToItsEnd() throws Exception {
        JobRecord job = put("followed", JobKind.IMPORT, JobState.PROCESSING);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write(("GET " + JOBS + "/followed/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            assertThat(in.readLine()).isEqualTo("HTTP/1.1 200 OK");
            assertThat(event(in).getString("state")).isEqualTo("processing");
            bus.publish(Channels.JOB_CHANGED, changed("someone-elses", "processing", "{\"lines\":1}"));
            bus.publish(Channels.JOB_CHANGED, changed("followed", "processing", "{\"lines\":5}"));
            assertThat(event(in).getJsonObject("progress").getInteger("lines")).isEqualTo(5);
            around.jobs.put(
                    RememberedJobs.with(job, JobState.COMPLETED, false, "{\"lines\":5}", "{\"lines\":9}", List.of()));
            JsonObject last = event(in);
            while (last.getString("state").equals("processing")) {
                last = event(in);
            }
            assertThat(last.getString("state")).isEqualTo("completed");
            assertThat(last.getJsonObject("result").getInteger("lines")).isEqualTo(9);
            String line = in.readLine();
            while (line != null && !line.equals("0")) {
                line = in.readLine();
            }
            assertThat(line).as("the last chunk").isEqualTo("0");
        }
    }

    private static JobChanged changed(String id, String state, String progress) {
        return new JobChanged(id, "import", "import", state, 1, progress, null, null, 1);
    }

    /** The data of the next event. */
    private static JsonObject event(BufferedReader in) throws IOException {
        while (true) {
            String line = in.readLine();
            assertThat(line).as("an event").isNotNull();
            if (line.startsWith("data: ")) {
                return new JsonObject(line.substring(6));
            }
        }
    }

    @Test
    void aJobThatIsOverIsToldOnce() throws Exception {
        put("over", JobKind.IMPORT, JobState.FAILED);
        Wire.Answer answer = send("GET", JOBS + "/over/events", "");
        assertThat(answer.headers().get("content-type")).isEqualTo("text/event-stream");
        assertThat(answer.body()).startsWith("event: job\ndata: {").endsWith("\n\n");
    }

    @Test
    void schedulesAreShownAndStarted() throws Exception {
        JsonObject all = json("GET", "/api/v1/schedule", "", 200);
        assertThat(all.getJsonArray("schedules")).hasSize(2);
        JsonObject due = json("GET", "/api/v1/schedule/due", "", 200);
        assertThat(due.getLong("period_ms")).isEqualTo(1_000);
        assertThat(due.getJsonObject("last").getString("outcome")).isEqualTo("succeeded");
        assertThat(json("POST", "/api/v1/schedule/due/run", "", 202).getString("run"))
                .isEqualTo("due-2");
        assertThat(json("POST", "/api/v1/schedule/archive/run", "", 409).getString("run"))
                .isEqualTo("archive-7");
        assertThat(json("POST", "/api/v1/schedule/tea/run", "", 404).getJsonArray("known"))
                .hasSize(2);
        assertThat(send("GET", "/api/v1/schedule/tea", "").status()).isEqualTo(404);
    }
}
