package dev.sluice.api;

import static dev.sluice.pool.Entries.NOW;
import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sluice.bus.Bus;
import dev.sluice.pool.Entries;
import dev.sluice.pool.PooledProxy;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.StoredProxy;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code GET /api/v1/proxies/{id}}. */
final class ProxyDetailVerticleTest {
    private static final JsonMapper EXACT = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

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
    void empty() {
        around.pool.remove(7);
        around.stored = ids -> Future.succeededFuture(List.of());
    }

    private static Wire.Answer get(String id) throws Exception {
        return Wire.untilClosed(
                port, "GET /api/v1/proxies/" + id + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    }

    private static JsonNode detail(int id) throws Exception {
        Wire.Answer answer = get(Integer.toString(id));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return EXACT.readTree(answer.body());
    }

    private static void problem(Wire.Answer answer, int status, String type) throws Exception {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(EXACT.readTree(answer.body()).get("type").asText()).isEqualTo(Problem.TYPE_PREFIX + type);
    }

    private static void store(Entries entry) {
        PooledProxy proxy = entry.pooled();
        StoredProxy stored = new StoredProxy(
                proxy.id(), proxy.key(), 0, proxy.health(), proxy.location(), proxy.lists(), NOW - 5_000, false);
        around.stored =
                ids -> Future.succeededFuture(ids.contains(stored.id()) ? List.of(stored) : List.<StoredProxy>of());
    }

    @Test
    void whatIsServedComesFromMemoryAndTheStoreAddsWhatOnlyItKnows() throws Exception {
        around.pool.put(entry(7).latency(111).pooled());
        store(entry(7).latency(999));
        JsonNode detail = detail(7);

        assertThat(detail.get("served").asBoolean()).isTrue();
        assertThat(detail.get("latency_ms").asDouble()).isEqualTo(111);
        assertThat(detail.get("url").asText()).isEqualTo("http://127.0.0.7:8080");
        assertThat(detail.get("next_check_at").asText()).isEqualTo(ProxyForm.time(NOW));
        assertThat(detail.get("check_every_s").asDouble()).isEqualTo(1);
        assertThat(detail.get("first_seen_at").asText()).isEqualTo(ProxyForm.time(NOW - 5_000));
        assertThat(detail.get("priority").asInt()).isEqualTo(5);
        assertThat(detail.get("risk").asText()).isEqualTo("low");
        assertThat(detail.get("last_reason").isNull()).isTrue();
        assertThat(detail.get("store_answers").asBoolean()).isTrue();
    }

    @Test
    void withoutDatabaseWhatIsServedIsStillTold() throws Exception {
        around.pool.put(entry(7).pooled());
        around.stored = ids -> Future.failedFuture("no database");
        JsonNode detail = detail(7);
        assertThat(detail.get("alive").asBoolean()).isTrue();
        assertThat(detail.get("next_check_at").isNull()).isTrue();
        assertThat(detail.get("store_answers").asBoolean()).isFalse();
        problem(get("8"), 503, "store-unavailable");
    }

    @Test
    void theDeadComeFromTheStore() throws Exception {
        store(entry(7).alive(false).failures(3).location(Location.UNKNOWN));
        JsonNode detail = detail(7);
        assertThat(detail.get("served").asBoolean()).isFalse();
        assertThat(detail.get("alive").asBoolean()).isFalse();
        assertThat(detail.get("consecutive_failures").asInt()).isEqualTo(3);
        assertThat(detail.get("country").isNull()).isTrue();
    }

    @Test
    void thePartsOfTheReputationAddUpExactly() throws Exception {
        for (int i = 0; i < 100; i++) {
            store(entry(7).successRate(i / 99.0)
                    .latency(i * 31.7)
                    .failures(i % 7)
                    .uses(3L * i)
                    .alive(false));
            JsonNode reputation = detail(7).get("reputation");
            BigDecimal sum = BigDecimal.ZERO;
            for (JsonNode part : reputation.get("parts")) {
                sum = sum.add(part.get("points").decimalValue());
                assertThat(part.get("because").asText()).isNotBlank();
            }
            assertThat(reputation.get("parts")).hasSize(6);
            assertThat(reputation.get("sum").decimalValue()).isEqualByComparingTo(sum);
            assertThat(reputation.get("value").decimalValue())
                    .isEqualByComparingTo(sum.max(BigDecimal.ZERO).min(BigDecimal.valueOf(100)));
        }
    }

    @Test
    void aNewcomerHasNothingButItsStart() throws Exception {
        Health fresh = Health.fresh(NOW);
        PooledProxy proxy = entry(7).pooled();
        StoredProxy stored = new StoredProxy(7, proxy.key(), 0, fresh, Location.UNKNOWN, List.of(), NOW, false);
        around.stored = ids -> Future.succeededFuture(List.of(stored));
        JsonNode detail = detail(7);
        assertThat(detail.at("/reputation/value").asDouble()).isEqualTo(50);
        assertThat(detail.get("last_checked_at").isNull()).isTrue();
        assertThat(detail.get("success_rate").isNull()).isTrue();
    }

    @Test
    void whatApplicationsReportedIsTold() throws Exception {
        around.pool.put(entry(7).pooled());
        around.feedback.record("crawler", 7, true, NOW);
        around.feedback.record("crawler", 7, false, NOW + 1_000);
        around.feedback.record("other", 8, true, NOW);
        JsonNode feedback = detail(7).get("feedback");
        assertThat(OpenApiSchema.names(feedback)).containsExactly("crawler");
        assertThat(feedback.at("/crawler/successes").asInt()).isEqualTo(1);
        assertThat(feedback.at("/crawler/failures").asInt()).isEqualTo(1);
        assertThat(feedback.at("/crawler/last_at").asText()).isEqualTo(ProxyForm.time(NOW + 1_000));
    }

    @Test
    void aDatabaseThatStaysSilentIsNotWaitedForLong() throws Exception {
        Promise<List<StoredProxy>> never = Promise.promise();
        around.stored = ids -> never.future();
        around.pool.put(entry(7).pooled());
        assertThat(detail(7).get("store_answers").asBoolean()).isFalse();
    }

    @Test
    void whatDoesNotExistIsNotFound() throws Exception {
        problem(get("8"), 404, "no-such-proxy");
        problem(get(Long.toString(Long.MAX_VALUE)), 404, "no-such-proxy");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "0", "-1", "+1", "1.0", "0x1", "9223372036854775808", "%20", "%D9%A1", "1%2F2"})
    void whatIsNoIdIsRefused(String id) throws Exception {
        problem(get(id), 400, "invalid-parameter");
    }
}
