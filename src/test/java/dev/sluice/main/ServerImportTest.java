package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.port.Merge;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code import} by a server that plays its part. */
class ServerImportTest {
    private static final String UPLOAD = "POST /api/v1/imports";
    private static final String JOB = "GET /api/v1/imports/j1";
    private static final String CANCEL = "POST /api/v1/imports/j1/cancel";
    private static final String REJECTED = "GET /api/v1/imports/j1/rejected";
    private static final String PENDING = "{\"id\":\"j1\",\"state\":\"pending\",\"progress\":null}";
    private static final String COUNTS =
            "{\"lines\":1200,\"accepted\":1100,\"added\":1000,\"known\":100,\"rejected\":100}";
    private static final String COMPLETED = "{\"id\":\"j1\",\"state\":\"completed\",\"result\":" + COUNTS + "}";

    private final StringWriter err = new StringWriter();
    private final Interruption interruption = new Interruption();
    private PlayedServer server;

    @TempDir
    private Path folder = Path.of(".");

    private Path list;

    @BeforeEach
    void start() throws IOException {
        server = new PlayedServer();
        list = Files.writeString(folder.resolve("my list,1.txt"), "192.0.2.7:1080\n");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private int run(String what, @Nullable Path report, boolean detached) throws Exception {
        return new ServerImport(server.client(), new PrintWriter(err, true), false, interruption)
                .run(what, Merge.SKIP, true, report, detached);
    }

    @Test
    void aFileIsSentAndFollowedToItsEnd() throws Exception {
        server.answers(UPLOAD, 202, PENDING)
                .answers(JOB, 200, "{\"id\":\"j1\",\"state\":\"processing\",\"progress\":{\"lines\":7}}")
                .answers(JOB, 200, COMPLETED);

        assertThat(run(list.toString(), null, false)).isEqualTo(ExitCode.DONE);
        assertThat(server.asked)
                .containsExactly(
                        UPLOAD + "?merge=skip&dry_run=1&name=my+list_1.txt root 192.0.2.7:1080\n",
                        JOB + " root ",
                        JOB + " root ");
        assertThat(err.toString())
                .contains(": completed, 1,200 lines")
                .contains("accepted 1,100   new 1,000, known 100   rejected 100")
                .doesNotContain("retry");
    }

    @Test
    void anAddressIsFetchedByTheServer() throws Exception {
        server.answers(UPLOAD + "/fetch", 202, PENDING);

        assertThat(run("https://lists.example.com/a.txt", null, true)).isEqualTo(ExitCode.DONE);
        assertThat(server.asked)
                .containsExactly(
                        UPLOAD + "/fetch?merge=skip&dry_run=1 root {\"url\":\"https://lists.example.com/a.txt\"}");
        assertThat(err.toString()).contains("sluice jobs watch j1");
    }

    @Test
    void whatFailedIsToldWithTheWayToGoOn() throws Exception {
        server.answers(UPLOAD, 202, PENDING)
                .answers(
                        JOB,
                        200,
                        "{\"id\":\"j1\",\"state\":\"failed\",\"progress\":" + COUNTS
                                + ",\"failures\":[{\"error\":\"first\"},{\"error\":\"disk full\"}]}");

        assertThat(run(list.toString(), null, false)).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString())
                .contains(": failed, 1,200 lines")
                .contains("sluice: disk full")
                .doesNotContain("first")
                .contains("sluice jobs retry j1");
    }

    @Test
    void whatIsRefusedIsAFailureThatNamesTheReason() {
        server.answers(
                UPLOAD, 413, "{\"detail\":\"list: more than 10 bytes (expected: at most 10, queue.max-upload)\"}");

        assertThatThrownBy(() -> run(list.toString(), null, false))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("answered 413: list: more than 10 bytes")
                .hasMessageNotContaining("root");
    }

    @Test
    void linesThatBecameNoEntryAreSaved() throws Exception {
        String lines = "{\"line\":1,\"verdict\":\"rejected\",\"reason\":\"no-port\"}\n";
        server.answers(UPLOAD, 202, PENDING).answers(JOB, 200, COMPLETED).answers(REJECTED, 200, lines);
        Path report = Files.writeString(folder.resolve("report"), "of the day before, and longer than what is new");

        assertThat(run(list.toString(), report, false)).isEqualTo(ExitCode.DONE);
        assertThat(report).hasContent(lines);
    }

    @Test
    void aReportThatIsElsewhereIsTold() throws Exception {
        server.answers(UPLOAD, 202, PENDING)
                .answers(JOB, 200, COMPLETED)
                .answers(REJECTED, 404, "{\"detail\":\"job j1 left no file here (its files are on node b)\"}");
        Path report = folder.resolve("report");

        assertThat(run(list.toString(), report, false)).isEqualTo(ExitCode.DONE);
        assertThat(report).doesNotExist();
        assertThat(err.toString()).contains("no report: job j1 left no file here (its files are on node b)");
    }

    @Test
    void aServerThatIsBusyIsAskedAgain() throws Exception {
        server.answers(UPLOAD, 202, PENDING)
                .answers(JOB, 503, "{\"detail\":\"requests wait too long here\"}")
                .answers(JOB, 200, COMPLETED);

        assertThat(run(list.toString(), null, false)).isEqualTo(ExitCode.DONE);
        assertThat(server.asked).hasSize(3);
    }

    @Test
    void whoInterruptsStopsTheImport() throws Exception {
        server.answers(UPLOAD, 202, PENDING)
                .answers(CANCEL, 503, "")
                .answers(CANCEL, 202, PENDING)
                .answers(JOB, 200, "{\"id\":\"j1\",\"state\":\"processing\",\"cancel_requested\":true}")
                .answers(JOB, 200, "{\"id\":\"j1\",\"state\":\"processing\",\"cancel_requested\":true}")
                .answers(JOB, 200, "{\"id\":\"j1\",\"state\":\"cancelled\",\"progress\":" + COUNTS + "}");
        interruption.ask(2);

        assertThat(run(list.toString(), null, false)).isEqualTo(ExitCode.INTERRUPTED);
        assertThat(server.asked.stream().filter(asked -> asked.startsWith(CANCEL)))
                .as("once more because the server was busy, and no more than that")
                .hasSize(2);
        assertThat(err.toString()).contains(": cancelled, 1,200 lines").contains("sluice jobs retry j1");
    }
}
