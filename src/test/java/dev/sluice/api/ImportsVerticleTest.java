package dev.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bus.Bus;
import dev.sluice.parse.ListFormat;
import dev.sluice.port.Download;
import dev.sluice.port.Imports;
import dev.sluice.port.JobKind;
import dev.sluice.port.JobState;
import dev.sluice.port.Merge;
import dev.sluice.port.NewJob;
import dev.sluice.proxy.Scheme;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code /api/v1/imports}. */
final class ImportsVerticleTest {
    private static final String IMPORTS = "/api/v1/imports";

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final Surroundings around = new Surroundings();
    private int port;

    @BeforeEach
    void start() {
        port = Surroundings.deploy(
                        vertx, around.verticle(Surroundings.server(0, null), Surroundings.noKey(), new Bus(vertx)))
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

    @Test
    void aBodyLargerThanOtherBodiesMayBeIsTakenIn() throws Exception {
        String list = "192.0.2.7:1080\n".repeat(2_000);
        Wire.Answer answer = send(
                "POST",
                IMPORTS + "?name=mine.txt&merge=skip&format=html-table&protocol=socks5&https_is_tls=1&dry_run=1"
                        + "&priority=9&key=k",
                list);
        assertThat(answer.status()).as(answer.body()).isEqualTo(202);
        String id = new JsonObject(answer.body()).getString("id");
        assertThat(answer.headers().get("location")).isEqualTo(IMPORTS + '/' + id);
        assertThat(around.imports.bodies).containsExactly(list);
        assertThat(around.imports.orders)
                .containsExactly(new Imports.Order(
                        "mine.txt",
                        Merge.SKIP,
                        ListFormat.HTML_TABLE,
                        Scheme.SOCKS5,
                        true,
                        true,
                        9,
                        "k",
                        around.imports.orders.get(0).owner()));
        assertThat(send("GET", IMPORTS + '/' + id, "").status()).isEqualTo(200);
        assertThat(new JsonObject(send("GET", IMPORTS, "").body()).getJsonArray("jobs"))
                .hasSize(1);
    }

    @Test
    void aListIsFetchedFromAnAddress() throws Exception {
        Wire.Answer answer = send("POST", IMPORTS + "/fetch", "{\"url\":\"http://127.0.0.1:9/lists/all.txt?token=x\"}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(202);
        assertThat(around.imports.orders.get(0).name()).isEqualTo("all.txt");
        assertThat(answer.body()).doesNotContain("token");
        assertThat(send("POST", IMPORTS + "/fetch", "{\"url\":\"http://10.0.0.1/\"}")
                        .status())
                .isEqualTo(422);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{}", "{\"url\":\"\"}", "{\"url\":7}", "{\"url\":\"http://127.0.0.1/\",\"x\":1}"})
    void aBodyThatNamesNoAddressIsRefused(String body) throws Exception {
        assertThat(send("POST", IMPORTS + "/fetch", body).status()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?merge=some",
                "?format=xml",
                "?protocol=ftp",
                "?protocol=unknown",
                "?priority=0",
                "?name=a,b",
                "?x=1",
                "?dry_run=maybe"
            })
    void aWrongParameterIsRefusedBeforeAnythingIsTaken(String query) throws Exception {
        assertThat(send("POST", IMPORTS + query, "192.0.2.7:1080\n").status()).isEqualTo(400);
        assertThat(around.imports.bodies).isEmpty();
    }

    @Test
    void aBodyAnnouncedTooLargeIsRefusedUnread() throws Exception {
        Wire.Answer answer = Wire.untilClosed(
                port,
                "POST " + IMPORTS + " HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: "
                        + 10_000_000_000L + "\r\n\r\n");
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.body()).contains("body-too-large");
    }

    @Test
    void aBodyThatGrowsTooLargeIsCutOff() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write(("POST " + IMPORTS + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            byte[] chunk = ("10000\r\n" + "x".repeat(0x10000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 16; i++) {
                socket.getOutputStream().write(chunk);
            }
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertThat(answer).startsWith("HTTP/1.1 413 ").contains("body-too-large");
        }
    }

    @Test
    void aClientThatAsksFirstIsToldToGoOn() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write(("POST " + IMPORTS + " HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                                    + "Connection: close\r\nContent-Length: 15\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            assertThat(new String(in.readNBytes(25), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
            socket.getOutputStream().write("192.0.2.7:1080\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(in.readAllBytes(), StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 202 ");
        }
    }

    @Test
    void rejectedLinesAreDownloaded() throws Exception {
        String id = new JsonObject(send("POST", IMPORTS, "x\n").body()).getString("id");
        assertThat(send("GET", IMPORTS + '/' + id + "/rejected", "").status()).isEqualTo(404);
        Path file = Files.writeString(folder.resolve("r"), "{\"line\":1}\n{\"line\":2}\nand what is not there yet");
        around.imports.files.put(id, new Download(file, "rejected.ndjson", "application/x-ndjson", 22, false));
        Wire.Answer answer = send("GET", IMPORTS + '/' + id + "/rejected", "");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"line\":1}\n{\"line\":2}\n");
        assertThat(answer.headers().get("content-disposition")).isEqualTo("attachment; filename=\"rejected.ndjson\"");
    }

    @Test
    void anotherJobIsNoImport() throws Exception {
        around.jobs.put(RememberedJobs.job("export", NewJob.of(JobKind.EXPORT, "export", "{}"), JobState.PENDING));
        assertThat(send("GET", IMPORTS + "/export", "").status()).isEqualTo(404);
        assertThat(send("POST", IMPORTS + "/export/cancel", "").status()).isEqualTo(404);
        assertThat(around.jobs.get("export").await().orElseThrow().state()).isEqualTo(JobState.PENDING);
    }

    @Test
    void anImportIsStoppedAndGoesOn() throws Exception {
        String id = new JsonObject(send("POST", IMPORTS, "x\n").body()).getString("id");
        assertThat(send("POST", IMPORTS + '/' + id + "/cancel", "").status()).isEqualTo(200);
        Wire.Answer resumed = send("POST", IMPORTS + '/' + id + "/resume", "");
        assertThat(resumed.status()).isEqualTo(202);
        assertThat(new JsonObject(resumed.body()).getString("state")).isEqualTo("pending");
    }
}
