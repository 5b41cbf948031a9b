package dev.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bus.Bus;
import dev.sluice.pool.Strategy;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code /api/v1/strategy}. */
final class StrategyVerticleTest {
    private static Vertx vertx;
    private static Surroundings around;
    private static int port;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
        around = new Surroundings();
        port = Surroundings.deploy(
                        vertx, around.verticle(Surroundings.server(0, null), Surroundings.noKey(), new Bus(vertx)))
                .port();
    }

    @AfterAll
    static void stop() {
        vertx.close().await();
        around.telemetry.close();
    }

    @BeforeEach
    void calm() throws Exception {
        around.settings.fail(false);
        around.settings.letGo();
        assertThat(send("DELETE", "").status()).isEqualTo(200);
    }

    private static Wire.Answer send(String method, String body) throws Exception {
        return Wire.untilClosed(
                port,
                method + " /api/v1/strategy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                        + body.length() + "\r\n\r\n" + body);
    }

    private static JsonObject json(Wire.Answer answer, int status) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        return new JsonObject(answer.body());
    }

    @Test
    void aChoiceIsInForceAtOnceAndKept() throws Exception {
        JsonObject chosen = json(send("PUT", "{\"strategy\":\"fastest-half\"}"), 200);
        assertThat(around.strategy.current()).isEqualTo(Strategy.FASTEST_HALF);
        assertThat(chosen.getMap())
                .containsEntry("strategy", "fastest-half")
                .containsEntry("configured", "weighted-random")
                .containsEntry("changed_by_api", true)
                .containsEntry("kept", true);
        assertThat(chosen.getJsonArray("known")).hasSize(Strategy.values().length);
        assertThat(json(send("GET", ""), 200)).isEqualTo(chosen);
        assertThat(around.settings.values()).isEqualTo(Map.of("pool.strategy", "fastest-half"));
    }

    @Test
    void aChoiceCanBeTakenBack() throws Exception {
        json(send("PUT", "{\"strategy\":\"random\"}"), 200);
        JsonObject back = json(send("DELETE", ""), 200);
        assertThat(around.strategy.current()).isEqualTo(Strategy.WEIGHTED_RANDOM);
        assertThat(back.getMap()).containsEntry("strategy", "weighted-random").containsEntry("changed_by_api", false);
        assertThat(around.settings.values()).isEmpty();
    }

    @Test
    void withoutDatabaseItIsInForceAndSaidNotToBeKept() throws Exception {
        around.settings.fail(true);
        assertThat(json(send("PUT", "{\"strategy\":\"random\"}"), 202).getMap())
                .containsEntry("strategy", "random")
                .containsEntry("kept", false);
        assertThat(around.strategy.current()).isEqualTo(Strategy.RANDOM);
        assertThat(json(send("GET", ""), 200).getMap()).containsEntry("kept", false);
    }

    @Test
    void aDatabaseThatStaysSilentIsNotWaitedFor() throws Exception {
        around.settings.hold();
        assertThat(json(send("PUT", "{\"strategy\":\"random\"}"), 202).getMap()).containsEntry("kept", false);
        around.settings.letGo();
        assertThat(json(send("GET", ""), 200).getMap()).containsEntry("kept", true);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{}|/strategy",
                "{\"strategy\":null}|/strategy",
                "{\"strategy\":7}|/strategy",
                "{\"strategy\":[\"random\"]}|/strategy",
                "{\"strategy\":\"Random\"}|/strategy",
                "{\"strategy\":\"\"}|/strategy",
                "{\"strategy\":\"alphabetical\"}|/strategy",
                "{\"strategy\":\"random\",\"a/b\":1}|/a~1b",
                "[\"random\"]|~~",
                "\"random\"|~~",
                "null|~~",
            })
    void aBadBodyIsPointedAtAndChangesNothing(String body, String pointer) throws Exception {
        JsonObject problem = json(send("PUT", body), 400);
        JsonArray errors = problem.getJsonArray("errors");
        assertThat(errors.getJsonObject(0).getString("pointer")).isEqualTo(pointer);
        assertThat(around.strategy.current()).isEqualTo(Strategy.WEIGHTED_RANDOM);
        assertThat(around.settings.values()).isEmpty();
    }

    @Test
    void aBodyWithBrokenChunksIsNoFaultOfTheServer() throws Exception {
        String head = "PUT /api/v1/strategy HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (String chunks : List.of("5\r\nabcdeXX0\r\n\r\n", "zz\r\nabc\r\n0\r\n\r\n", "-1\r\n\r\n")) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream().write((head + chunks).getBytes(StandardCharsets.ISO_8859_1));
                byte[] answer = socket.getInputStream().readAllBytes();
                // The connection may end before the answer is written; what is written says whose fault it is.
                assertThat(new String(answer, StandardCharsets.ISO_8859_1)).matches("(?s)|HTTP/1.1 400 .*");
            }
        }
        assertThat(around.strategy.current()).isEqualTo(Strategy.WEIGHTED_RANDOM);
    }

    @Test
    void aBodyWithManyErrorsIsAnsweredInShort() throws Exception {
        StringBuilder body = new StringBuilder("{\"strategy\":\"" + "x".repeat(2_000) + '"');
        for (int i = 0; i < 100; i++) {
            body.append(",\"m").append(i).append("\":1");
        }
        Wire.Answer answer = send("PUT", body.append('}').toString());
        assertThat(json(answer, 400).getJsonArray("errors")).hasSize(FeedbackForm.MAX_ERRORS);
        assertThat(answer.body()).hasSizeLessThan(2_000);
    }
}
