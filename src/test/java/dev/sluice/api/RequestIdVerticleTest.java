package dev.sluice.api;

import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The header X-Request-Id. */
final class RequestIdVerticleTest {
    private static Vertx vertx;
    private static Surroundings around;
    private static int port;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
        around = new Surroundings();
        around.pool.put(entry(1).latency(30).pooled());
        port = Surroundings.deploy(
                        vertx, around.verticle(Surroundings.server(0, null), Surroundings.noKey(), new Bus(vertx)))
                .port();
    }

    @AfterAll
    static void stop() {
        vertx.close().await();
        around.telemetry.close();
    }

    private static Wire.Answer ask(String method, String path, String... headers) throws Exception {
        try (KeptAlive client = new KeptAlive(port)) {
            return client.ask(method, path, headers);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/get-proxy", "/random", "/list", "/health", "/nowhere", "/list?bad=1"})
    void aNameThatAClientGaveComesBack(String path) throws Exception {
        assertThat(ask("GET", path, "X-Request-Id: crawl-7.a_B").headers())
                .containsEntry("x-request-id", "crawl-7.a_B");
    }

    @Test
    void readingWithoutANameIsNotNamed() throws Exception {
        assertThat(ask("GET", "/get-proxy").headers()).doesNotContainKey("x-request-id");
        assertThat(ask("GET", "/list").headers()).doesNotContainKey("x-request-id");
    }

    @Test
    void whatAdministratorsDoIsNamedEachTimeAnew() throws Exception {
        String first = ask("POST", "/reload").headers().get("x-request-id");
        String second = ask("POST", "/reload").headers().get("x-request-id");
        assertThat(first).isNotBlank().isNotEqualTo(second);
    }

    @Test
    void aFaultOfOursIsNamed() throws Exception {
        around.stored = ids -> Future.failedFuture(new IllegalStateException("boom"));
        try {
            Wire.Answer answer = ask("GET", "/api/v1/proxies/77");
            assertThat(answer.status()).isGreaterThanOrEqualTo(500);
            assertThat(answer.headers()).containsKey("x-request-id");
        } finally {
            around.stored = ids -> Future.succeededFuture(java.util.List.of());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"with space", "semi;colon", "=cmd", "{}"})
    void aNameThatDoesNotBelongIntoLogsIsReplaced(String name) throws Exception {
        assertThat(ask("POST", "/reload", "X-Request-Id: " + name).headers().get("x-request-id"))
                .isNotBlank()
                .isNotEqualTo(name);
    }

    @Test
    void aNameThatIsTooLongIsReplaced() throws Exception {
        String longest = "n".repeat(RequestId.MAX_LENGTH);
        assertThat(ask("POST", "/reload", "X-Request-Id: " + longest).headers()).containsEntry("x-request-id", longest);
        assertThat(ask("POST", "/reload", "X-Request-Id: " + longest + "n")
                        .headers()
                        .get("x-request-id"))
                .hasSizeLessThan(RequestId.MAX_LENGTH);
    }
}
