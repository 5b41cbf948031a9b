package dev.sluice.api;

import static dev.sluice.pool.Entries.NOW;
import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bus.Bus;
import dev.sluice.config.EncryptionConfig;
import dev.sluice.config.SecurityConfig;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.proxy.Secret;
import dev.sluice.secret.CreatedKey;
import dev.sluice.secret.ListedKey;
import dev.sluice.secret.NewKey;
import dev.sluice.store.StoreException;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Servers whose keys are kept: who may do what, from when on and until when, and how often. */
final class KeysVerticleTest {
    private static final long HOUR = 3_600_000;

    private Vertx vertx;
    private Surroundings around;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        around = new Surroundings();
        around.pool.put(entry(1).credentials("me", "pw").pooled());
    }

    @AfterEach
    void stop() {
        vertx.close().await();
        around.telemetry.close();
    }

    private int serve(SecurityConfig security) {
        return Surroundings.deploy(vertx, around.verticle(Surroundings.server(0, null), security, new Bus(vertx)))
                .port();
    }

    private CreatedKey key(boolean credentials, long expiresAtMillis, int rate, Role... roles) {
        return around.keys
                .create(new NewKey("test", EnumSet.copyOf(List.of(roles)), credentials, expiresAtMillis, rate))
                .await();
    }

    private String text(Role... roles) {
        return key(false, 0, 0, roles).text().reveal();
    }

    private static Wire.Answer send(int port, String method, String path, String body, String... headers)
            throws Exception {
        StringBuilder request = new StringBuilder(method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\n");
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        return Wire.untilClosed(
                port,
                request.append("Content-Length: ")
                        .append(body.length())
                        .append("\r\nConnection: close\r\n\r\n")
                        .append(body)
                        .toString());
    }

    private static String problem(Wire.Answer answer) {
        return new JsonObject(answer.body()).getString("type").replace("urn:sluice:problem:", "");
    }

    /** Statuses of: no key, a wrong one, read, feedback, read and feedback, admin. */
    @ParameterizedTest
    @CsvSource({
        "GET,    /list,                       401, 401, 200, 403, 200, 200",
        "HEAD,   /list,                       401, 401, 200, 403, 200, 200",
        "GET,    /get-proxy,                  401, 401, 200, 403, 200, 200",
        "GET,    /random,                     401, 401, 200, 403, 200, 200",
        "GET,    /stat,                       401, 401, 200, 403, 200, 200",
        "GET,    /metrics,                    401, 401, 200, 403, 200, 200",
        "GET,    /api/v1/sources,             401, 401, 200, 403, 200, 200",
        "GET,    /openapi.yaml,               401, 401, 200, 403, 200, 200",
        "GET,    /,                           401, 401, 200, 403, 200, 200",
        "POST,   /feedback,                   401, 401, 403, 400, 400, 400",
        "POST,   /reload,                     401, 401, 403, 403, 403, 200",
        "POST,   /api/v1/sources/fetch,       401, 401, 403, 403, 403, 202",
        "GET,    /api/v1/keys,                401, 401, 403, 403, 403, 200",
        "POST,   /api/v1/keys,                401, 401, 403, 403, 403, 400",
        "DELETE, /api/v1/keys/nobody,         401, 401, 403, 403, 403, 404",
        "GET,    /nothing,                    401, 401, 404, 404, 404, 404",
        "DELETE, /list,                       401, 401, 405, 405, 405, 405",
        "GET,    /health,                     200, 200, 200, 200, 200, 200",
        "GET,    /ready,                      200, 200, 200, 200, 200, 200",
        "GET,    /judge,                      200, 200, 200, 200, 200, 200",
    })
    void everyRoleDoesWhatItMayAndNoMore(
            String method, String path, int none, int wrong, int read, int feedback, int both, int admin)
            throws Exception {
        String unknown = text(Role.ADMIN);
        around.keys.revoke(around.keys.list().get(0).record().id()).await();
        String reader = text(Role.READ);
        String reporter = text(Role.FEEDBACK);
        String client = text(Role.READ, Role.FEEDBACK);
        String root = text(Role.ADMIN);
        int port = serve(Surroundings.noKey());

        assertThat(send(port, method, path, "").status()).as("no key").isEqualTo(none);
        assertThat(status(port, method, path, unknown)).as("revoked").isEqualTo(wrong);
        assertThat(status(port, method, path, reader)).as("read").isEqualTo(read);
        assertThat(status(port, method, path, reporter)).as("feedback").isEqualTo(feedback);
        assertThat(status(port, method, path, client)).as("read, feedback").isEqualTo(both);
        assertThat(status(port, method, path, root)).as("admin").isEqualTo(admin);
    }

    private static int status(int port, String method, String path, String key) throws Exception {
        return send(port, method, path, "", "X-API-Key: " + key).status();
    }

    @Test
    void aMissingRoleIsNamed() throws Exception {
        String reader = text(Role.READ, Role.FEEDBACK);

        Wire.Answer answer = send(serve(Surroundings.noKey()), "POST", "/reload", "", "X-API-Key: " + reader);

        JsonObject body = new JsonObject(answer.body());
        assertThat(problem(answer)).isEqualTo("role-missing");
        assertThat(body.getString("detail")).isEqualTo("role: admin is needed (this key has: read, feedback)");
        assertThat(body.getString("needed")).isEqualTo("admin");
        assertThat(body.getJsonArray("roles")).containsExactly("read", "feedback");
    }

    @Test
    void passwordsAreForKeysThatMaySeeThem() throws Exception {
        String blind = text(Role.ADMIN);
        String seeing = key(true, 0, 0, Role.READ).text().reveal();
        int port = serve(Surroundings.noKey());

        assertThat(send(port, "GET", "/list", "", "X-API-Key: " + blind).body()).doesNotContain("me", "pw");
        assertThat(send(port, "GET", "/list", "", "X-API-Key: " + seeing).body())
                .contains("me:pw@");
    }

    @Test
    void aKeyMayStandInAnyOfItsPlacesButNotADifferentOneInEach() throws Exception {
        String one = text(Role.READ);
        String other = text(Role.READ);
        int port = serve(Surroundings.noKey());

        assertThat(send(port, "GET", "/list", "", "Authorization: Bearer " + one)
                        .status())
                .isEqualTo(200);
        assertThat(send(port, "GET", "/list?api_key=" + one, "").status()).isEqualTo(200);
        assertThat(send(port, "GET", "/list?limit=1&api_key=" + one.replace("_", "%5F"), "")
                        .status())
                .isEqualTo(200);
        assertThat(send(port, "GET", "/list?api_key=" + one, "", "X-API-Key: " + one, "Authorization: Bearer " + one)
                        .status())
                .as("the same everywhere")
                .isEqualTo(200);
        for (Wire.Answer two : List.of(
                send(port, "GET", "/list?api_key=" + one, "", "X-API-Key: " + other),
                send(port, "GET", "/list", "", "X-API-Key: " + one, "Authorization: Bearer " + other),
                send(port, "GET", "/list", "", "X-API-Key: " + one, "X-API-Key: " + other),
                send(port, "GET", "/list", "", "Authorization: Bearer " + one, "Authorization: Bearer " + other),
                send(port, "GET", "/list?api_key=" + one + "&api_key=" + other, ""))) {
            assertThat(two.status()).isEqualTo(400);
            assertThat(two.body()).contains("two different keys").doesNotContain(one, other);
        }
    }

    @Test
    void unknownExpiredAndRevokedKeysAreToldTheSame() throws Exception {
        String expired = key(false, NOW + HOUR, 0, Role.READ).text().reveal();
        CreatedKey revoked = key(false, 0, 0, Role.READ);
        text(Role.READ);
        around.keys.revoke(revoked.record().id()).await();
        around.now.set(NOW + HOUR);
        int port = serve(Surroundings.noKey());

        String first = send(port, "GET", "/list", "", "X-API-Key: " + expired).body();

        assertThat(first).contains("unauthorized");
        assertThat(send(port, "GET", "/list", "", "X-API-Key: " + revoked.text().reveal())
                        .body())
                .isEqualTo(first);
        assertThat(send(port, "GET", "/list", "", "X-API-Key: guess").body()).isEqualTo(first);
    }

    @Test
    void aRevokedKeyIsRefusedByTheNextRequestOnTheSameConnection() throws Exception {
        CreatedKey created = key(false, 0, 0, Role.READ);
        text(Role.ADMIN);
        String header = "X-API-Key: " + created.text().reveal();
        try (KeptAlive connection = new KeptAlive(serve(Surroundings.noKey()))) {
            assertThat(connection.ask("GET", "/get-proxy", header).status()).isEqualTo(200);
            assertThat(connection.ask("GET", "/get-proxy", header).status()).isEqualTo(200);

            around.keys.revoke(created.record().id()).await();

            assertThat(connection.ask("GET", "/get-proxy", header).status()).isEqualTo(401);
        }
    }

    @Test
    void anExpiredKeyIsRefusedByTheNextRequestOnTheSameConnection() throws Exception {
        String header =
                "X-API-Key: " + key(false, NOW + HOUR, 0, Role.READ).text().reveal();
        text(Role.ADMIN);
        try (KeptAlive connection = new KeptAlive(serve(Surroundings.noKey()))) {
            assertThat(connection.ask("GET", "/get-proxy", header).status()).isEqualTo(200);

            around.now.set(NOW + HOUR);

            assertThat(connection.ask("GET", "/get-proxy", header).status()).isEqualTo(401);
        }
    }

    @Test
    void theFirstKeyEndsTheTimeWithoutKeysAndTheLastOneBringsItBack() throws Exception {
        try (KeptAlive connection = new KeptAlive(serve(Surroundings.noKey()))) {
            assertThat(connection.ask("GET", "/list").status()).isEqualTo(200);

            CreatedKey first = key(false, 0, 0, Role.READ);

            assertThat(connection.ask("GET", "/list").status()).isEqualTo(401);
            assertThat(connection
                            .ask(
                                    "GET",
                                    "/list",
                                    "Origin: http://evil.example",
                                    "X-API-Key: " + first.text().reveal())
                            .status())
                    .isEqualTo(200);
            around.keys.revoke(first.record().id()).await();
            assertThat(connection.ask("GET", "/list").status()).isEqualTo(200);
            assertThat(connection
                            .ask("GET", "/list", "Origin: http://evil.example")
                            .status())
                    .isEqualTo(403);
        }
    }

    @Test
    void aKeyIsMadeShownOnceListedAndRevoked() throws Exception {
        int port = serve(Surroundings.withKey());
        String root = "X-API-Key: " + Surroundings.KEY;

        Wire.Answer made = send(
                port,
                "POST",
                "/api/v1/keys",
                "{\"label\":\"crawler\",\"roles\":[\"feedback\",\"read\"],\"credentials\":true,\"ttl\":\"90d\","
                        + "\"requests_per_second\":50}",
                root);

        assertThat(made.status()).isEqualTo(201);
        assertThat(made.headers()).containsEntry("cache-control", "no-store");
        JsonObject body = new JsonObject(made.body());
        String key = body.getString("key");
        assertThat(body.getString("label")).isEqualTo("crawler");
        assertThat(body.getJsonArray("roles")).containsExactly("read", "feedback");
        assertThat(body.getBoolean("credentials")).isTrue();
        assertThat(body.getInteger("requests_per_second")).isEqualTo(50);
        assertThat(Instant.parse(body.getString("expires_at"))).isEqualTo(Instant.ofEpochMilli(NOW + 90 * 24 * HOUR));
        assertThat(send(port, "GET", "/list", "", "X-API-Key: " + key).body()).contains("me:pw@");

        Wire.Answer listed = send(port, "GET", "/api/v1/keys", "", root);
        assertThat(listed.body()).doesNotContain(key.substring(20, 60), "hash");
        JsonObject row = new JsonObject(listed.body()).getJsonArray("keys").getJsonObject(0);
        assertThat(row.getString("id")).isEqualTo(body.getString("id"));
        assertThat(row.getString("state")).isEqualTo("live");
        assertThat(Instant.parse(row.getString("last_used_at"))).isEqualTo(Instant.ofEpochMilli(NOW));

        String path = "/api/v1/keys/" + body.getString("id");
        Wire.Answer revoked = send(port, "DELETE", path, "", root);
        assertThat(revoked.status()).isEqualTo(204);
        assertThat(revoked.body()).isEmpty();
        assertThat(revoked.headers()).doesNotContainKey("content-length");
        assertThat(send(port, "DELETE", path, "", root).status()).as("again").isEqualTo(204);
        assertThat(send(port, "GET", "/list", "", "X-API-Key: " + key).status()).isEqualTo(401);
        assertThat(problem(send(port, "DELETE", "/api/v1/keys/nobody", "", root)))
                .isEqualTo("no-key");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                                                         | ''",
                "[]                                                                         | ''",
                "{}                                                                         | /label",
                "{\"label\":\"x\"}                                                          | /roles",
                "{\"label\":\"\",\"roles\":[\"read\"]}                                      | /label",
                "{\"label\":\" \",\"roles\":[\"read\"]}                                     | /label",
                "{\"label\":7,\"roles\":[\"read\"]}                                         | /label",
                "{\"label\":\"a\\u0007\",\"roles\":[\"read\"]}                              | /label",
                "{\"label\":\"x\",\"roles\":[]}                                             | /roles",
                "{\"label\":\"x\",\"roles\":[\"root\"]}                                     | /roles",
                "{\"label\":\"x\",\"roles\":[\"read\",null]}                                | /roles",
                "{\"label\":\"x\",\"roles\":\"read\"}                                       | /roles",
                "{\"label\":\"x\",\"roles\":[\"read\"],\"credentials\":1}                   | /credentials",
                "{\"label\":\"x\",\"roles\":[\"read\"],\"ttl\":\"soon\"}                    | /ttl",
                "{\"label\":\"x\",\"roles\":[\"read\"],\"ttl\":\"0\"}                       | /ttl",
                "{\"label\":\"x\",\"roles\":[\"read\"],\"ttl\":\"36501d\"}                  | /ttl",
                "{\"label\":\"x\",\"roles\":[\"read\"],\"ttl\":90}                          | /ttl",
                "{\"label\":\"x\",\"roles\":[\"read\"],\"expires_at\":\"2001-01-01T00:00:00Z\"} | /expires_at",
                "{\"label\":\"x\",\"roles\":[\"read\"],\"expires_at\":\"+999999999-01-01T00:00:00Z\"} | /expires_at",
                "{\"label\":\"x\",\"roles\":[\"read\"],\"expires_at\":\"never\"}            | /expires_at",
                "{\"label\":\"x\",\"roles\":[\"read\"],\"ttl\":\"1d\",\"expires_at\":\"2100-01-01T00:00:00Z\"} | /ttl",
                "{\"label\":\"x\",\"roles\":[\"read\"],\"requests_per_second\":0}           | /requests_per_second",
                "{\"label\":\"x\",\"roles\":[\"read\"],\"requests_per_second\":1.5}         | /requests_per_second",
                "{\"label\":\"x\",\"roles\":[\"read\"],\"requests_per_second\":1000001}     | /requests_per_second",
                "{\"label\":\"x\",\"roles\":[\"read\"],\"owner\":\"me\"}                    | /owner",
            })
    void aWishThatIsNotUnderstoodMakesNoKey(String body, String pointer) throws Exception {
        Wire.Answer answer =
                send(serve(Surroundings.withKey()), "POST", "/api/v1/keys", body, "X-API-Key: " + Surroundings.KEY);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(problem(answer)).isEqualTo("invalid-body");
        if (!pointer.isEmpty()) {
            assertThat(new JsonObject(answer.body()).getJsonArray("errors"))
                    .anySatisfy(error -> assertThat(((JsonObject) error).getString("pointer"))
                            .isEqualTo(pointer));
        }
        assertThat(around.keys.list()).isEmpty();
    }

    @Test
    void nobodyGivesWhatHeHasNot() throws Exception {
        String blind = text(Role.ADMIN);
        int port = serve(Surroundings.noKey());
        String wish = "{\"label\":\"x\",\"roles\":[\"read\"],\"credentials\":true}";

        Wire.Answer answer = send(port, "POST", "/api/v1/keys", wish, "X-API-Key: " + blind);

        assertThat(answer.status()).isEqualTo(403);
        assertThat(problem(answer)).isEqualTo("credentials-missing");
        assertThat(around.keys.list()).hasSize(1);
    }

    @Test
    void withoutItsDatabaseNoKeyIsMadeAndTheOldOnesServe() throws Exception {
        String root = text(Role.ADMIN);
        int port = serve(Surroundings.noKey());
        around.keyRecords.fail(new StoreException(StoreException.Kind.UNAVAILABLE, "database x is gone"));

        Wire.Answer answer =
                send(port, "POST", "/api/v1/keys", "{\"label\":\"x\",\"roles\":[\"read\"]}", "X-API-Key: " + root);

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.headers()).containsEntry("retry-after", "1");
        assertThat(answer.body()).doesNotContain("database x");
        assertThat(status(port, "GET", "/list", root)).isEqualTo(200);
    }

    @Test
    void aKeyOfAnotherPepperIsToldSo() throws Exception {
        String theirs = text(Role.ADMIN);
        String id = around.keys.list().get(0).record().id();
        Surroundings other = new Surroundings("another pepper of 32 bytes or so, I trust", around.keyRecords);
        other.keys.load().await();
        int port = Surroundings.deploy(
                        vertx, other.verticle(Surroundings.server(0, null), Surroundings.withKey(), new Bus(vertx)))
                .port();

        Wire.Answer answer = send(port, "GET", "/list", "", "X-API-Key: " + theirs);

        assertThat(answer.status()).isEqualTo(401);
        assertThat(problem(answer)).isEqualTo("unusable-key");
        assertThat(answer.body()).contains(id, "pepper");
        assertThat(other.keys.list()).extracting(ListedKey::state).containsExactly(ListedKey.State.OTHER_PEPPER);
        other.telemetry.close();
    }

    @Test
    void aKeyHasItsLimitAndIsToldHowMuchIsLeft() throws Exception {
        CreatedKey limited = key(false, 0, 2, Role.READ);
        String header = "X-API-Key: " + limited.text().reveal();
        String free = text(Role.READ);
        try (KeptAlive connection = new KeptAlive(serve(Surroundings.noKey()))) {
            Wire.Answer first = connection.ask("GET", "/get-proxy", header);
            assertThat(first.status()).isEqualTo(200);
            assertThat(first.headers())
                    .containsEntry("ratelimit", "\"default\";r=1;t=1")
                    .containsEntry("ratelimit-policy", "\"default\";q=2;w=1");
            assertThat(connection.ask("GET", "/nothing", header).headers())
                    .containsEntry("ratelimit", "\"default\";r=0;t=1");

            Wire.Answer refused = connection.ask("GET", "/get-proxy", header);
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.headers())
                    .containsEntry("retry-after", "1")
                    .containsEntry("ratelimit", "\"default\";r=0;t=1")
                    .containsEntry("content-type", "application/problem+json");
            assertThat(problem(refused)).isEqualTo("too-many-requests");

            Wire.Answer other = connection.ask("GET", "/get-proxy", "X-API-Key: " + free);
            assertThat(other.status()).as("another key").isEqualTo(200);
            assertThat(other.headers()).doesNotContainKeys("ratelimit", "ratelimit-policy", "retry-after");
            assertThat(connection.ask("GET", "/health").status()).as("open").isEqualTo(200);

            around.nanos.addAndGet(500_000_000);
            assertThat(connection.ask("GET", "/get-proxy", header).status()).isEqualTo(200);
            assertThat(connection.ask("GET", "/get-proxy", header).status()).isEqualTo(429);
        }
        assertThat(around.telemetry.scrape()).contains("sluice_api_refused_total{reason=\"key-limit\"} 2.0");
    }

    @Test
    void theConfiguredKeyHasTheConfiguredLimit() throws Exception {
        SecurityConfig security = new SecurityConfig(Secret.of("root"), null, 1, 0, 10, EncryptionConfig.USUAL);
        try (KeptAlive connection = new KeptAlive(serve(security))) {
            assertThat(connection.ask("GET", "/list", "X-API-Key: root").status())
                    .isEqualTo(200);
            assertThat(connection.ask("GET", "/list", "X-API-Key: root").status())
                    .isEqualTo(429);
        }
    }

    @Test
    void anAddressHasItsLimitWhoeverAsks() throws Exception {
        String one = "X-API-Key: " + text(Role.READ);
        String other = "X-API-Key: " + text(Role.READ);
        SecurityConfig security = new SecurityConfig(null, null, 0, 3, 10, EncryptionConfig.USUAL);
        try (KeptAlive connection = new KeptAlive(serve(security))) {
            assertThat(connection.ask("GET", "/list").status()).isEqualTo(401);
            assertThat(connection.ask("GET", "/list", one).headers())
                    .containsEntry("ratelimit", "\"default\";r=1;t=1")
                    .containsEntry("ratelimit-policy", "\"default\";q=3;w=1");
            assertThat(connection.ask("GET", "/list", other).status()).isEqualTo(200);
            assertThat(connection.ask("GET", "/list", one).status()).isEqualTo(429);
            assertThat(connection.ask("GET", "/list").status()).isEqualTo(429);
            assertThat(connection.ask("GET", "/ready").status()).isEqualTo(200);
            around.nanos.addAndGet(1_000_000_000);
            assertThat(connection.ask("GET", "/list", one).status()).isEqualTo(200);
        }
    }

    @Test
    void whoGuessesKeysWaitsButARightKeyPasses() throws Exception {
        String right = "X-API-Key: " + text(Role.READ);
        SecurityConfig security = new SecurityConfig(Secret.of("root"), null, 0, 0, 3, EncryptionConfig.USUAL);
        try (KeptAlive connection = new KeptAlive(serve(security))) {
            for (int i = 0; i < 3; i++) {
                assertThat(connection
                                .ask("GET", "/list", "X-API-Key: guess" + i)
                                .status())
                        .isEqualTo(401);
            }

            Wire.Answer held = connection.ask("GET", "/list", "X-API-Key: guess");
            assertThat(held.status()).isEqualTo(429);
            assertThat(problem(held)).isEqualTo("too-many-wrong-keys");
            assertThat(held.headers()).containsEntry("retry-after", "40");
            assertThat(connection.ask("GET", "/list", "X-API-Key: guess").headers())
                    .containsEntry("retry-after", "80");
            assertThat(connection.ask("GET", "/list").status()).as("no key").isEqualTo(401);
            assertThat(connection.ask("GET", "/list", right).status()).isEqualTo(200);
            assertThat(connection.ask("GET", "/list", "X-API-Key: root").status())
                    .isEqualTo(200);

            around.nanos.addAndGet(80_000_000_000L);
            assertThat(connection.ask("GET", "/list", "X-API-Key: guess").status())
                    .isEqualTo(401);
        }
        assertThat(around.telemetry.scrape())
                .contains("sluice_api_refused_total{reason=\"unknown-key\"} 4.0")
                .contains("sluice_api_refused_total{reason=\"wrong-keys\"} 2.0")
                .contains("sluice_api_refused_total{reason=\"no-key\"} 1.0");
    }
}
