package dev.sluice.api;

import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bus.Bus;
import dev.sluice.telemetry.Collector;
import dev.sluice.telemetry.Telemetry;
import dev.sluice.telemetry.Traces;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Spans of requests. */
final class TracesVerticleTest {
    private static final String PARENT = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private Vertx vertx;
    private Surroundings around;
    private Collector collector;

    @BeforeEach
    void start() throws Exception {
        vertx = Vertx.vertx();
        around = new Surroundings();
        collector = new Collector();
    }

    @AfterEach
    void stop() {
        vertx.close().await();
        around.telemetry.close();
        collector.close();
    }

    private KeptAlive client(double ratio) throws Exception {
        around.telemetry = new Telemetry(Traces.to(collector.endpoint(), ratio, "sluice"));
        return new KeptAlive(Surroundings.deploy(
                        vertx, around.verticle(Surroundings.server(0, null), Surroundings.noKey(), new Bus(vertx)))
                .port());
    }

    @Test
    void aRequestIsToldByItsTemplateWithoutItsQuery() throws Exception {
        try (KeptAlive client = client(1)) {
            client.ask("GET", "/api/v1/proxies/123456?api_key=marker");
            client.ask("GET", "/list?country=DE&key=marker");
        }
        around.telemetry.close();

        assertThat(collector.text())
                .contains("GET /api/v1/proxies/{id}", "GET /list", "http.response.status_code")
                .doesNotContain("marker", "123456");
    }

    @Test
    void whatIsAnsweredInFrontOfVertxIsToldToo() throws Exception {
        around.pool.put(entry(1).latency(30).pooled());
        try (KeptAlive client = client(1)) {
            assertThat(client.ask("GET", "/get-proxy").status()).isEqualTo(200);
            assertThat(client.ask("GET", "/get-proxy").status()).isEqualTo(200);
            assertThat(client.ask("GET", "/random").status()).isEqualTo(200);
        }
        around.telemetry.close();

        assertThat(collector.count("GET /get-proxy")).isEqualTo(2);
        assertThat(collector.count("GET /random")).isEqualTo(1);
    }

    @Test
    void aClientThatTracesFindsItsRequestInItsTrace() throws Exception {
        around.pool.put(entry(1).latency(30).pooled());
        try (KeptAlive client = client(0)) {
            assertThat(client.ask("GET", "/get-proxy").status()).isEqualTo(200);
            assertThat(client.ask("GET", "/get-proxy", PARENT).status()).isEqualTo(200);
        }
        around.telemetry.close();

        assertThat(collector.count("GET /get-proxy")).isEqualTo(1);
    }
}
