package dev.sluice.api;

import static dev.sluice.pool.Entries.NOW;
import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bus.Bus;
import dev.sluice.port.ProxyHistory;
import dev.sluice.port.SeriesHistory.Bucket;
import dev.sluice.port.SeriesHistory.Dimension;
import dev.sluice.port.SeriesHistory.Tally;
import dev.sluice.port.SeriesHistory.Width;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code /api/v1/proxies/{id}/history} and {@code /api/v1/analytics}. */
final class AnalyticsVerticleTest {
    private static final String SERIES = "/api/v1/analytics/series";
    private static final long HOUR = 3_600_000;

    private final Vertx vertx = Vertx.vertx();
    private final Surroundings around = new Surroundings();
    private int port;

    @BeforeEach
    void start() {
        around.pool.put(entry(7).pooled());
        around.now.addAndGet(10);
        port = Surroundings.deploy(
                        vertx, around.verticle(Surroundings.server(0, null), Surroundings.noKey(), new Bus(vertx)))
                .port();
    }

    @AfterEach
    void stop() {
        vertx.close().await();
        around.telemetry.close();
    }

    private JsonObject get(String target, int status) throws Exception {
        Wire.Answer answer =
                Wire.untilClosed(port, "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        return new JsonObject(answer.body());
    }

    private static Bucket bucket(Width width, long start, String writer, String name, int good, int bad) {
        Tally tally = new Tally();
        for (int i = 0; i < good; i++) {
            tally.succeeded(200);
        }
        for (int i = 0; i < bad; i++) {
            tally.failed();
        }
        tally.sampled(10, 30);
        return new Bucket(Dimension.PROTOCOL, width, start, writer, Map.of(name, tally));
    }

    @Test
    void theHistoryOfAProxyIsShown() throws Exception {
        JsonObject history = get("/api/v1/proxies/7/history?limit=5", 200);

        assertThat(history.getJsonArray("checks").getJsonObject(0).getString("reason"))
                .isEqualTo("timeout");
        assertThat(history.getJsonArray("checks").getJsonObject(1).getInteger("latency_ms"))
                .isEqualTo(212);
        assertThat(history.getJsonArray("days").getJsonObject(1).getValue("latency_mean_ms"))
                .isNull();
        assertThat(history.getJsonArray("transitions").getJsonObject(0).getString("reason"))
                .isEqualTo("first-failure");
        assertThat(history.getJsonObject("summary").getDouble("success_rate")).isEqualTo(0.5);
    }

    @Test
    void aProxyNobodyKnowsHasNone() throws Exception {
        assertThat(get("/api/v1/proxies/8/history", 404).getString("type")).endsWith("no-such-proxy");
    }

    @Test
    void aStoreThatFailsOrIsSilentIsSaidToBe() throws Exception {
        around.histories = id -> Future.failedFuture("made to fail");
        assertThat(get("/api/v1/proxies/7/history", 503).getString("type")).endsWith("store-unavailable");
        around.histories = id -> Promise.<ProxyHistory>promise().future();
        assertThat(get("/api/v1/proxies/7/history", 503).getString("type")).endsWith("store-unavailable");
    }

    @Test
    void thePoolIsSurveyedNowAndThen() throws Exception {
        assertThat(get("/api/v1/analytics", 200).getLong("proxies")).isEqualTo(1);
        around.pool.put(entry(8).pooled());
        assertThat(get("/api/v1/analytics", 200).getLong("proxies"))
                .as("not worked out anew at once")
                .isEqualTo(1);
        around.now.addAndGet(5_000);

        JsonObject survey = get("/api/v1/analytics", 200);

        assertThat(survey.getLong("proxies")).isEqualTo(2);
        assertThat(survey.getJsonObject("by_protocol").stream()
                        .mapToLong(entry -> ((Number) entry.getValue()).longValue())
                        .sum())
                .isEqualTo(2);
        assertThat(survey.getJsonArray("reputation")).hasSize(10);
    }

    @Test
    void bucketsOfAllWritersAddUpAndSamplesAreAMean() throws Exception {
        long start = Width.HOUR.start(NOW) - 2 * HOUR;
        around.series
                .put(List.of(
                        bucket(Width.HOUR, start, "one", "http", 3, 1),
                        bucket(Width.HOUR, start, "two", "http", 1, 3),
                        bucket(Width.HOUR, start + HOUR, "two", "socks5", 0, 1)))
                .await();
        String asked =
                "?by=protocol&step=3600&from=" + ProxyForm.time(start) + "&to=" + ProxyForm.time(start + 3 * HOUR);

        JsonObject checks = get(SERIES + asked + "&metric=checks", 200);
        JsonObject rate = get(SERIES + asked + "&metric=success_rate", 200);
        JsonObject pool = get(SERIES + asked + "&metric=pool", 200);
        JsonObject latency = get(SERIES + asked + "&metric=latency", 200);

        assertThat(checks.getJsonArray("at")).hasSize(3);
        assertThat(line(checks, 0).getString("name")).isEqualTo("http");
        assertThat(line(checks, 0).getJsonArray("values"))
                .isEqualTo(new JsonArray().add(8).addNull().addNull());
        assertThat(line(rate, 0).getJsonArray("values").getDouble(0)).isEqualTo(0.5);
        assertThat(line(rate, 1).getJsonArray("values").getDouble(1)).isZero();
        assertThat(line(pool, 0).getJsonArray("values").getDouble(0)).isEqualTo(10);
        assertThat(line(latency, 0).getJsonArray("p50").getDouble(0)).isBetween(180.0, 220.0);
        assertThat(line(latency, 1).getJsonArray("p99").getValue(1)).isNull();
    }

    private static JsonObject line(JsonObject answer, int index) {
        return answer.getJsonArray("lines").getJsonObject(index);
    }

    @Test
    void theStepFitsTheTimeAndWhatIsKept() throws Exception {
        assertThat(get(SERIES, 200).getInteger("step_s")).isEqualTo(300);
        assertThat(step(47)).isEqualTo(900);
        assertThat(step(7 * 24)).isEqualTo(3_600);
        assertThat(step(30 * 24)).isEqualTo(10_800);
        assertThat(step(40 * 24)).isEqualTo(86_400);
        assertThat(step(400 * 24)).isEqualTo(86_400);
    }

    private int step(long hours) throws Exception {
        JsonObject answer = get(SERIES + "?from=" + ProxyForm.time(around.now.get() - hours * HOUR), 200);
        assertThat(answer.getJsonArray("at").size()).isLessThanOrEqualTo(SeriesQuestion.MOST_POINTS);
        return answer.getInteger("step_s");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?metric=x",
                "?by=x",
                "?from=yesterday",
                "?step=301",
                "?step=300&from=2020-01-01T00:00:00Z&to=2020-06-01T00:00:00Z",
                "?from=2020-01-02T00:00:00Z&to=2020-01-01T00:00:00Z",
                "?from=2000-01-01T00:00:00Z",
                "?nonesuch=1"
            })
    void whatCannotBeAnsweredIsRefused(String query) throws Exception {
        assertThat(get(SERIES + query, 400).getString("detail")).contains("expected");
    }
}
