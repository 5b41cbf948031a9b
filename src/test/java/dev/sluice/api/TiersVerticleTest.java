package dev.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bus.Bus;
import dev.sluice.cadence.Preset;
import dev.sluice.cadence.TierTransition;
import dev.sluice.port.Census;
import dev.sluice.port.Resources;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code GET /api/v1/tiers}, and what holds checking back in {@code GET /api/v1/status}. */
final class TiersVerticleTest {
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

    private JsonObject get(String path) throws Exception {
        Wire.Answer answer =
                Wire.untilClosed(port, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    private static JsonObject named(JsonObject tiers, String name) {
        return tiers.getJsonArray("tiers").stream()
                .map(JsonObject.class::cast)
                .filter(tier -> tier.getString("name").equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void entriesAreCountedByTierWithTheBoundsInForce() throws Exception {
        around.figures = new Census.Figures(
                15, 7, 5, 0, Map.of(), Map.of("active", 7L, "inactive", 3L, "unknown", 5L), Map.of(), Map.of(), 0);
        JsonObject tiers = get("/api/v1/tiers");
        assertThat(tiers.getString("preset")).isEqualTo("balanced");
        assertThat(named(tiers, "active"))
                .isEqualTo(new JsonObject()
                        .put("tier", 1)
                        .put("name", "active")
                        .put("entries", 7)
                        .put("shortest_s", Preset.BALANCED.active().shortest().toSeconds() * 1.0)
                        .put("longest_s", Preset.BALANCED.active().longest().toSeconds() * 1.0));
        assertThat(named(tiers, "at-risk").getLong("entries"))
                .as("none counted")
                .isZero();
        assertThat(named(tiers, "unknown").getLong("entries")).isEqualTo(5);
        assertThat(named(tiers, "unknown").getValue("longest_s")).isNull();
        assertThat(tiers.getJsonObject("factors").getDouble("alive")).isEqualTo(Preset.BALANCED.aliveFactor());
        assertThat(tiers.getJsonObject("factors").getDouble("deep_every_s")).isEqualTo(604_800.0);
    }

    @Test
    void theDemandIsThatOfNow() throws Exception {
        assertThat(get("/api/v1/tiers").getJsonObject("demand"))
                .isEqualTo(new JsonObject()
                        .put("factor", 1.0)
                        .put("planned_per_second", 0.0)
                        .putNull("capacity_per_second"));
        around.plan.demand().counted(40);
        around.plan.demand().observe(10, 0, 0);
        around.plan.demand().observe(10, 0, 3_600_000_000_000L);
        JsonObject demand = get("/api/v1/tiers").getJsonObject("demand");
        assertThat(demand.getDouble("planned_per_second")).isEqualTo(40);
        assertThat(demand.getDouble("capacity_per_second")).isEqualTo(10);
        assertThat(demand.getDouble("factor")).isEqualTo(5);
    }

    @Test
    void movesAreCountedByWhereAndWhy() throws Exception {
        assertThat(get("/api/v1/tiers").getJsonArray("transitions")).isEmpty();
        List<TierTransition> legal = TierTransition.LEGAL.stream()
                .filter(move -> move.reason().text().equals("first-success")
                        || move.reason().text().equals("first-failure"))
                .toList();
        for (TierTransition move : legal) {
            counter(move);
        }
        TierTransition success = legal.stream()
                .filter(move -> move.from().text().equals("unknown"))
                .findFirst()
                .orElseThrow();
        TierTransition failure = legal.stream()
                .filter(move -> move.reason().text().equals("first-failure"))
                .findFirst()
                .orElseThrow();
        counter(success).increment(3);
        counter(failure).increment();
        assertThat(get("/api/v1/tiers").getJsonArray("transitions"))
                .isEqualTo(new JsonArray()
                        .add(form("active", "at-risk", "first-failure", 1))
                        .add(form("unknown", "active", "first-success", 3)));
    }

    private Counter counter(TierTransition move) {
        return Counter.builder("sluice.tier.transitions")
                .tag("from", move.from().text())
                .tag("to", move.to().text())
                .tag("reason", move.reason().text())
                .register(around.telemetry.registry());
    }

    private static JsonObject form(String from, String to, String reason, int count) {
        return new JsonObject()
                .put("from", from)
                .put("to", to)
                .put("reason", reason)
                .put("count", count);
    }

    @Test
    void whatHoldsCheckingBackIsTold() throws Exception {
        assertThat(get("/api/v1/status").getJsonObject("bottleneck").getString("resource"))
                .isEqualTo("nothing");
        around.bottleneck =
                new Resources.Bottleneck(Resources.Resource.MEMORY, "memory: 91 %", List.of("maintenance", "bulk"));
        assertThat(get("/api/v1/status").getJsonObject("bottleneck"))
                .isEqualTo(new JsonObject()
                        .put("resource", "memory")
                        .put("text", "memory: 91 %")
                        .put("shed", new JsonArray().add("maintenance").add("bulk")));
    }
}
