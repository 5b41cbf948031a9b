package dev.sluice.api;

import static dev.sluice.pool.Entries.NOW;
import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bus.Bus;
import dev.sluice.pool.PooledProxy;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code /api/v1/proxies/{id}/override}. */
final class OverrideVerticleTest {
    private static final String DETAIL = "/api/v1/proxies/7";
    private static final String OVERRIDE = DETAIL + "/override";

    private final Vertx vertx = Vertx.vertx();
    private final Surroundings around = new Surroundings();
    private int port;

    @BeforeEach
    void start() {
        port = Surroundings.deploy(
                        vertx, around.verticle(Surroundings.server(0, null), Surroundings.noKey(), new Bus(vertx)))
                .port();
        PooledProxy known = entry(7).pooled();
        StoredProxy stored =
                new StoredProxy(7, known.key(), 0, known.health(), known.location(), known.lists(), NOW - 1_000, false);
        around.stored = ids -> Future.succeededFuture(ids.contains(7L) ? List.of(stored) : List.of());
    }

    @AfterEach
    void stop() {
        vertx.close().await();
        around.telemetry.close();
    }

    private JsonObject json(String method, String path, String body, int status) throws Exception {
        Wire.Answer answer = Wire.untilClosed(
                port,
                method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                        + body.length() + "\r\n\r\n" + body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        return new JsonObject(answer.body());
    }

    @Test
    void typeAndTagsAreOrderedAndShown() throws Exception {
        JsonObject detail =
                json("PUT", OVERRIDE, "{\"type\":\"mobile\",\"tags\":[\"team-b\",\"a\",\"a\"],\"ttl\":\"1h\"}", 200);

        assertThat(around.overrides.orders)
                .containsEntry(
                        7L,
                        new ManualOverride(null, 0, null, NetworkType.MOBILE, List.of("a", "team-b"), NOW + 3_600_000));
        JsonObject order = detail.getJsonObject("override");
        assertThat(order.getString("type")).isEqualTo("mobile");
        assertThat(order.getJsonArray("tags").getList()).isEqualTo(List.of("a", "team-b"));

        around.now.addAndGet(3_600_000);
        assertThat(json("GET", DETAIL, "", 200).getValue("override"))
                .as("its end")
                .isNull();
    }

    @Test
    void anOrderHoldsUntilItIsTakenBack() throws Exception {
        assertThat(json("GET", DETAIL, "", 200).getValue("override")).isNull();
        JsonObject obeyed = json("PUT", OVERRIDE, "{\"tier\":\"at-risk\",\"priority\":9,\"active\":false}", 200);
        assertThat(around.overrides.orders)
                .containsEntry(7L, new ManualOverride(Tier.AT_RISK, 9, false, Long.MAX_VALUE));
        assertThat(obeyed.getJsonObject("override"))
                .isEqualTo(new JsonObject()
                        .put("tier", 2)
                        .put("priority", 9)
                        .put("active", false)
                        .putNull("type")
                        .put("tags", new JsonArray())
                        .putNull("expires_at"));
        assertThat(json("GET", DETAIL, "", 200)).isEqualTo(obeyed);
        assertThat(json("DELETE", OVERRIDE, "", 200).getValue("override")).isNull();
        assertThat(json("DELETE", OVERRIDE, "", 200).getValue("override"))
                .as("again")
                .isNull();
        assertThat(around.overrides.orders).isEmpty();
    }

    @Test
    void anOrderIsReplacedAsAWhole() throws Exception {
        json("PUT", OVERRIDE, "{\"tier\":3,\"priority\":1}", 200);
        json("PUT", OVERRIDE, "{\"active\":true}", 200);
        assertThat(around.overrides.orders).containsEntry(7L, new ManualOverride(null, 0, true, Long.MAX_VALUE));
    }

    @Test
    void anOrderEnds() throws Exception {
        long end = around.now.get() + 3_600_000;
        JsonObject shown = json("PUT", OVERRIDE, "{\"tier\":1,\"ttl\":\"1h\"}", 200);
        assertThat(shown.getJsonObject("override").getInstant("expires_at")).isEqualTo(Instant.ofEpochMilli(end));
        json("PUT", OVERRIDE, "{\"tier\":1,\"expires_at\":\"" + Instant.ofEpochMilli(end) + "\"}", 200);
        assertThat(around.overrides.orders).containsEntry(7L, new ManualOverride(Tier.ACTIVE, 0, null, end));
        around.now.set(end);
        assertThat(json("GET", DETAIL, "", 200).getValue("override"))
                .as("it has ended")
                .isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{                                     | the body is no JSON",
                "[]                                    | no object",
                "{}                                    | nothing is ordered",
                "{\"ttl\":\"1h\"}                  | nothing is ordered",
                "{\"tier\":\"unknown\"}            | /tier",
                "{\"tier\":4}                        | /tier",
                "{\"tier\":true}                     | /tier",
                "{\"priority\":0}                    | /priority",
                "{\"priority\":11}                   | /priority",
                "{\"priority\":\"9\"}              | /priority",
                "{\"active\":1}                      | /active",
                "{\"alive\":true}                    | /alive",
                "{\"tier\":1,\"ttl\":\"soon\"}   | /ttl",
                "{\"tier\":1,\"ttl\":\"0s\"}     | /ttl",
                "{\"tier\":1,\"expires_at\":\"2001-01-01T00:00:00Z\"}| /expires_at"
            })
    void aWrongOrderIsRefusedWithItsPlace(String body, String named) throws Exception {
        assertThat(json("PUT", OVERRIDE, body, 400).encode()).contains(named);
        assertThat(around.overrides.orders).isEmpty();
    }

    @Test
    void whatIsServedFollowsToo() throws Exception {
        around.pool.put(entry(7).pooled());
        JsonObject shown = json("PUT", OVERRIDE, "{\"priority\":10}", 200);
        assertThat(shown.getBoolean("served")).isTrue();
        assertThat(shown.getJsonObject("override").getInteger("priority")).isEqualTo(10);
        assertThat(shown.containsKey("tier_reason")).isTrue();
        assertThat(shown.containsKey("tier_since")).isTrue();
    }

    @Test
    void whatIsNotThereCannotBeOrdered() throws Exception {
        assertThat(json("PUT", "/api/v1/proxies/8/override", "{\"tier\":1}", 404)
                        .getString("type"))
                .endsWith(":no-such-proxy");
        assertThat(json("DELETE", "/api/v1/proxies/8/override", "", 404).getString("type"))
                .endsWith(":no-such-proxy");
        assertThat(json("PUT", "/api/v1/proxies/x/override", "{\"tier\":1}", 400)
                        .getString("parameter"))
                .isEqualTo("id");
    }

    @Test
    void aSilentDatabaseTakesNoOrders() throws Exception {
        around.overrides.failure = new StoreException(StoreException.Kind.UNAVAILABLE, "database x: gone");
        assertThat(json("PUT", OVERRIDE, "{\"tier\":1}", 503).getString("type")).endsWith(":store-unavailable");
        assertThat(json("DELETE", OVERRIDE, "", 503).getString("type")).endsWith(":store-unavailable");
    }
}
