package dev.sluice.api;

import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.bus.Bus;
import dev.sluice.export.ExportFormat;
import dev.sluice.proxy.Scheme;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExportStreamVerticleTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** More than a turn on the event loop, of which a quarter is SOCKS4. */
    private static final int MANY = 10_000;

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

    private void fill(int count) {
        for (int id = 1; id <= count; id++) {
            around.pool.put(entry(id)
                    .host("192.0." + id / 256 + '.' + id % 256)
                    .port(3128)
                    .scheme(id % 4 == 0 ? Scheme.SOCKS4 : Scheme.HTTP)
                    .latency(id)
                    .pooled());
        }
        around.now.addAndGet(10);
    }

    private String raw(String method, String target, String version) throws Exception {
        String request =
                method + ' ' + target + " HTTP/" + version + "\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        Wire.Answer answer = Wire.inSips(port, request);
        assertThat(answer.status()).isEqualTo(200);
        return answer.headers() + "\n\n" + answer.body();
    }

    /** What stands in the chunks of a body, and the trailers behind them. */
    private static List<String> unchunked(String body) {
        StringBuilder content = new StringBuilder();
        int at = 0;
        while (true) {
            int end = body.indexOf("\r\n", at);
            int length = Integer.parseInt(body.substring(at, end), 16);
            if (length == 0) {
                return List.of(content.toString(), body.substring(end + 2).trim());
            }
            // The content is ASCII, so a character is a byte.
            content.append(body, end + 2, end + 2 + length);
            at = end + 2 + length + 2;
        }
    }

    @Test
    void aLongExportComesInPartsAndTellsBehindThemWhatItLeftOut() throws Exception {
        fill(MANY);
        Wire.Answer answer = Wire.inSips(
                port, "GET /api/v1/exports/haproxy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(answer.headers())
                .containsEntry("transfer-encoding", "chunked")
                .containsEntry("trailer", "x-sluice-left-out")
                .containsEntry("content-disposition", "attachment; filename=\"proxies.cfg\"");
        List<String> parts = unchunked(answer.body());
        assertThat(parts.get(0).lines().filter(line -> line.startsWith("    server p")))
                .hasSize(MANY * 3 / 4)
                .startsWith("    server p1 192.0.0.1:3128");
        assertThat(parts.get(0)).endsWith("# left out: " + MANY / 4 + " (kind " + MANY / 4 + ")\n");
        assertThat(parts.get(1)).isEqualTo("x-sluice-left-out: " + MANY / 4);
    }

    @Test
    void aLongExportIsSentToOldClientsToo() throws Exception {
        fill(MANY);
        String answer = raw("GET", "/api/v1/exports/csv", "1.0");
        assertThat(answer).doesNotContain("transfer-encoding", "trailer");
        assertThat(answer.lines().skip(3)).hasSize(MANY);
    }

    @ParameterizedTest
    @EnumSource(ExportFormat.class)
    void onlyTheHeadOfALongExportIsSentWhereThatIsAskedFor(ExportFormat format) throws Exception {
        fill(MANY);
        Wire.Answer head = Wire.untilClosed(
                port,
                "HEAD /api/v1/exports/" + format.text() + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.headers()).containsEntry("content-type", format.contentType());
        assertThat(head.headers().get("content-disposition")).contains(format.fileName());
        assertThat(head.body()).isEmpty();
    }

    @Test
    void aShortExportTellsInItsHead() throws Exception {
        fill(8);
        Wire.Answer answer = Wire.untilClosed(
                port, "GET /api/v1/exports/clash HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(answer.headers()).containsEntry("x-sluice-left-out", "2").containsKey("content-length");
    }

    /** What the read endpoints say of an entry, an export says as well, and in the same words. */
    @Test
    void anObjectIsThatOfTheReadEndpoints() throws Exception {
        around.pool.put(entry(1).credentials("u:\u00fc", "p\"")
                .lists("b", "a")
                .country("DE")
                .pooled());
        around.pool.put(entry(2).latency(Double.NaN).successRate(Double.NaN).pooled());
        around.now.addAndGet(10);
        JsonNode read = proxies("/list?format=json");
        JsonNode exported = proxies("/api/v1/exports/json");
        assertThat(exported).hasSameSizeAs(read).hasSize(2);
        for (int i = 0; i < exported.size(); i++) {
            ObjectNode same = exported.get(i).deepCopy();
            assertThat(Stream.of("alive", "archived", "needs_credentials").map(same::remove))
                    .doesNotContainNull();
            assertThat(JSON.readTree(same.toString()))
                    .isEqualTo(JSON.readTree(read.get(i).toString()));
        }
    }

    private JsonNode proxies(String target) throws Exception {
        Wire.Answer answer =
                Wire.untilClosed(port, "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        return JSON.readTree(answer.body()).get("proxies");
    }
}
