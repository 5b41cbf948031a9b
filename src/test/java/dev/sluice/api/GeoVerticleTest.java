package dev.sluice.api;

import static dev.sluice.pool.Entries.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bus.Bus;
import dev.sluice.port.Census;
import dev.sluice.port.NewJob;
import dev.sluice.proxy.Location;
import dev.sluice.store.MemoryProxyStore;
import dev.sluice.store.StoreException;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code /api/v1/geo}. */
final class GeoVerticleTest {
    private static final Location TOKYO = new Location("AS", "JP", null, 0, null, "web");

    private final Vertx vertx = Vertx.vertx();
    private final Surroundings around = new Surroundings();
    private final MemoryProxyStore store = new MemoryProxyStore();
    private int port;

    @BeforeEach
    void start() {
        around.geoCache = store.geoCache();
        port = Surroundings.deploy(
                        vertx, around.verticle(Surroundings.server(0, null), Surroundings.noKey(), new Bus(vertx)))
                .port();
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
    void databasesAndCachesAreShownWithWhatLicencesWant() throws Exception {
        around.figures = new Census.Figures(10, 0, 0, 0, Map.of(), Map.of(), Map.of(), Map.of(), 4);
        store.geoCache().put(Map.of("192.0.2.1", TOKYO), NOW - 2, NOW - 1).await(10, TimeUnit.SECONDS);

        JsonObject geo = json("GET", "/api/v1/geo", "", 200);

        JsonArray databases = geo.getJsonArray("databases");
        assertThat(databases.getJsonObject(0).getString("attribution")).isEqualTo("IP Geolocation by DB-IP");
        assertThat(databases.getJsonObject(0).getString("built_at")).isEqualTo("2025-12-01T00:00:00Z");
        assertThat(databases.getJsonObject(1).getString("problem")).isEqualTo("not readable");
        assertThat(geo.getJsonObject("memory").getDouble("hit_rate")).isEqualTo(0.9);
        assertThat(geo.getJsonObject("persistent"))
                .isEqualTo(new JsonObject()
                        .put("entries", 1)
                        .put("expired", 1)
                        .put("hits", 0)
                        .put("misses", 0)
                        .putNull("hit_rate"));
        assertThat(geo.getJsonObject("proxies"))
                .isEqualTo(new JsonObject().put("total", 10).put("located", 4));
    }

    @Test
    void aDatabaseThatIsSilentHidesOnlyWhatItHolds() throws Exception {
        store.fail(StoreException.Kind.UNAVAILABLE);

        JsonObject geo = json("GET", "/api/v1/geo", "", 200);

        assertThat(geo.getValue("persistent")).isNull();
        assertThat(geo.getJsonArray("databases")).hasSize(2);
        assertThat(json("GET", "/api/v1/geo/192.0.2.99", "", 200).getValue("country"))
                .isNull();
    }

    @Test
    void whereAnAddressIsIsToldFromMemoryAndFromWhatWasKept() throws Exception {
        store.geoCache()
                .put(Map.of("2001:db8::1", TOKYO, "192.0.2.7", TOKYO), NOW, NOW + 1_000)
                .await(10, TimeUnit.SECONDS);
        around.addresses.places.put("2001:db8::1", new Location(null, null, null, 64_501, "Some", null));

        JsonObject berlin = json("GET", "/api/v1/geo/192.0.2.7", "", 200);
        assertThat(berlin.getString("city")).isEqualTo("Berlin");
        assertThat(berlin.getString("type")).isEqualTo("residential");
        JsonObject tokyo = json("GET", "/api/v1/geo/2001:DB8:0::1", "", 200);
        assertThat(tokyo.getString("address")).isEqualTo("2001:db8::1");
        assertThat(tokyo.getString("country")).isEqualTo("JP");
        assertThat(tokyo.getString("origin")).isEqualTo("web");
        assertThat(tokyo.getLong("asn")).isEqualTo(64_501);
        assertThat(json("GET", "/api/v1/geo/192.0.2.8", "", 200).getValue("origin"))
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({"example.com", "1.2.3", "1.2.3.4.5", "1.2.3.256", "192.0.2.7:80"})
    void whatIsNoAddressIsRefused(String text) throws Exception {
        assertThat(json("GET", "/api/v1/geo/" + text, "", 400).getString("detail"))
                .contains("(expected: IPv4 or IPv6)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|{\"scope\":\"all\",\"web\":false}|5",
                "{\"scope\":\"alive\",\"web\":true,\"priority\":9}|{\"scope\":\"alive\",\"web\":true}|9"
            })
    void locatingWhatIsStoredIsAJob(String body, String payload, int priority) throws Exception {
        JsonObject job = json("POST", "/api/v1/geo/locate", body, 202);

        assertThat(job.getString("kind")).isEqualTo("geo");
        assertThat(job.getString("type")).isEqualTo("locate");
        assertThat(job.getString("key")).isEqualTo("locate");
        NewJob submitted =
                around.jobs.get(job.getString("id")).await().orElseThrow().job();
        assertThat(submitted.payload()).isEqualTo(payload);
        assertThat(submitted.priority()).isEqualTo(priority);
        assertThat(json("POST", "/api/v1/geo/locate", body, 200).getString("id"))
                .as("the same while it is live")
                .isEqualTo(job.getString("id"));
    }

    @Test
    void itCanBeAskedForAmongJobsToo() throws Exception {
        JsonObject job = json("POST", "/api/v1/jobs", "{\"type\":\"locate\",\"scope\":\"unlocated\"}", 202);

        assertThat(around.jobs
                        .get(job.getString("id"))
                        .await()
                        .orElseThrow()
                        .job()
                        .payload())
                .isEqualTo("{\"scope\":\"unlocated\",\"web\":false}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"scope\":\"dead\"}|/scope",
                "{\"scope\":1}|/scope",
                "{\"web\":\"yes\"}|/web",
                "{\"priority\":0}|/priority",
                "{\"type\":\"locate\"}|/type"
            })
    void aWishNobodyUnderstandsIsRefused(String body, String pointer) throws Exception {
        assertThat(json("POST", "/api/v1/geo/locate", body, 400)
                        .getJsonArray("errors")
                        .getJsonObject(0)
                        .getString("pointer"))
                .isEqualTo(pointer);
    }
}
