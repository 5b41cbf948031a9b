package dev.sluice.api;

import static dev.sluice.pool.Entries.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bus.Bus;
import dev.sluice.port.ConfigInForce;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.port.SourceFigures;
import dev.sluice.secret.NewKey;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code /api/v1/sources}, {@code /api/v1/config} and {@code /api/v1/status}. */
final class SourcesVerticleTest {
    private static Vertx vertx;
    private static Surroundings around;
    private static int port;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
        around = new Surroundings();
        around.states = List.of(
                Surroundings.source("alpha", NOW, null),
                Surroundings.source("beta", NOW, "connect: refused"),
                Surroundings.source("gamma", NOW, null));
        around.counted = new SourceFigures.Counted(
                NOW,
                50,
                Map.of(
                        "alpha", new SourceFigures.Of(1_000, 40, 300, 12, 900, 60, 15, 8_000, 500),
                        "beta", new SourceFigures.Of(10, 9, 1, 1, 10, 9, 0, 100, 90)));
        port = Surroundings.deploy(
                        vertx, around.verticle(Surroundings.server(0, null), Surroundings.withKey(), new Bus(vertx)))
                .port();
    }

    @AfterAll
    static void stop() {
        vertx.close().await();
        around.telemetry.close();
    }

    @BeforeEach
    void calm() {
        around.sourcesKept = true;
    }

    private static Wire.Answer send(String key, String method, String path, String body) throws Exception {
        return Wire.untilClosed(
                port,
                method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-API-Key: " + key
                        + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    private static JsonObject json(String method, String path, String body, int status) throws Exception {
        Wire.Answer answer = send(Surroundings.KEY, method, path, body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        return new JsonObject(answer.body());
    }

    private static List<Object> names(String query) throws Exception {
        return json("GET", "/api/v1/sources" + query, "", 200).getJsonArray("sources").stream()
                .map(source -> ((JsonObject) source).getValue("name"))
                .toList();
    }

    @Test
    void sourcesAreSortedByWhatTheyAreWorth() throws Exception {
        assertThat(names("")).containsExactly("alpha", "beta", "gamma");
        assertThat(names("?sort=-name")).containsExactly("gamma", "beta", "alpha");
        assertThat(names("?sort=-unique_alive")).containsExactly("alpha", "beta", "gamma");
        assertThat(names("?sort=unique_alive")).containsExactly("gamma", "beta", "alpha");
        assertThat(names("?sort=-yield")).containsExactly("beta", "alpha", "gamma");
        assertThat(send(Surroundings.KEY, "GET", "/api/v1/sources?sort=colour", "")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void sharesAreToldAndNullWhereThereIsNothing() throws Exception {
        JsonObject alpha = json("GET", "/api/v1/sources/alpha", "", 200).getJsonObject("economics");
        assertThat(alpha.getMap())
                .containsEntry("yield", 0.04)
                .containsEntry("uniqueness", 0.3)
                .containsEntry("unique_yield", 0.3)
                .containsEntry("precision", 0.0444)
                .containsEntry("ever_precision", 0.0667)
                .containsEntry("checks_per_alive", 200.0)
                .containsEntry("first_found", 15);
        JsonObject gamma = json("GET", "/api/v1/sources/gamma", "", 200).getJsonObject("economics");
        assertThat(gamma.getMap()).containsEntry("yield", null).containsEntry("listed", 0);
    }

    @Test
    void aSourceIsSwitchedAndTheConfigurationObeyedAgain() throws Exception {
        JsonObject off = json("PUT", "/api/v1/sources/alpha/enabled", "{\"enabled\":false}", 200);
        assertThat(off.getMap())
                .containsEntry("enabled", false)
                .containsEntry("enabled_by", "api")
                .containsEntry("configured", true);
        assertThat(json("GET", "/api/v1/sources/alpha", "", 200).getString("next_fetch_because"))
                .contains("by API");
        around.sourcesKept = false;
        assertThat(json("PUT", "/api/v1/sources/alpha/enabled", "{\"enabled\":true}", 202)
                        .getBoolean("kept"))
                .isFalse();
        around.sourcesKept = true;
        assertThat(json("DELETE", "/api/v1/sources/alpha/enabled", "", 200).getMap())
                .containsEntry("enabled", true)
                .containsEntry("enabled_by", "configuration");
    }

    @Test
    void whatSaysNeitherTrueNorFalseChangesNothing() throws Exception {
        for (String body : List.of("{}", "{\"enabled\":\"yes\"}", "{\"enabled\":true,\"x\":1}", "[]", "x")) {
            json("PUT", "/api/v1/sources/alpha/enabled", body, 400);
        }
        assertThat(around.lists.chosen()).isEmpty();
        json("PUT", "/api/v1/sources/nonesuch/enabled", "{\"enabled\":true}", 404);
        json("DELETE", "/api/v1/sources/nonesuch/enabled", "", 404);
        json("GET", "/api/v1/sources/nonesuch", "", 404);
    }

    @Test
    void refusedLinesAreForAdministratorsAndShowNoPassword() throws Exception {
        JsonObject sample = json("GET", "/api/v1/sources/alpha", "", 200)
                .getJsonArray("rejected_samples")
                .getJsonObject(0);
        assertThat(sample.getString("text")).isEqualTo("192.0.2.9:80:***");
        String reader = around.keys
                .create(new NewKey("reader", EnumSet.of(Role.READ), true, 0, 0))
                .await()
                .text()
                .reveal();

        Wire.Answer read = send(reader, "GET", "/api/v1/sources/alpha", "");

        assertThat(read.status()).isEqualTo(200);
        assertThat(new JsonObject(read.body()).getValue("rejected_samples")).isNull();
        assertThat(new JsonObject(read.body())
                        .getJsonObject("rejected_by_reason")
                        .getMap())
                .containsEntry("no-port", 1);
        assertThat(send(reader, "PUT", "/api/v1/sources/alpha/enabled", "{\"enabled\":false}")
                        .status())
                .isEqualTo(403);
    }

    @Test
    void onlyWhatChangedOrWaitsIsShownOnRequest() throws Exception {
        around.settingsInForce = List.of(
                new ConfigInForce.Entry("a", "1", "1", "default", true, false, null, null),
                new ConfigInForce.Entry("b", "2", "1", "--set", true, true, null, null),
                new ConfigInForce.Entry("c", "1", "1", "default", false, false, null, "3"));

        assertThat(json("GET", "/api/v1/config", "", 200).getJsonArray("settings"))
                .hasSize(3);
        assertThat(json("GET", "/api/v1/config?changed=1", "", 200).getJsonArray("settings").stream()
                        .map(one -> ((JsonObject) one).getString("key")))
                .containsExactly("b", "c");
    }

    @Test
    void theStatusNeedsNoDatabase() throws Exception {
        around.jobs.failure = new IllegalStateException("the database does not answer");
        JsonObject status = json("GET", "/api/v1/status", "", 200);
        around.jobs.failure = null;

        assertThat(status.getString("version")).isEqualTo("0.1.0");
        assertThat(status.getLong("uptime_s")).isEqualTo(60);
        assertThat(status.getJsonObject("sources").getMap())
                .containsEntry("configured", 3)
                .containsEntry("enabled", 3)
                .containsEntry("stretched", 3);
    }
}
