package dev.sluice.api;

import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.bus.Bus;
import dev.sluice.config.ByteSize;
import dev.sluice.config.EncryptionConfig;
import dev.sluice.config.SecurityConfig;
import dev.sluice.config.ServerConfig;
import dev.sluice.proxy.Secret;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server with a key, two instances and a management port; and servers that do not start. */
final class ApiAccessVerticleTest {
    private static final List<ApiVerticle> INSTANCES = new CopyOnWriteArrayList<>();

    private static Vertx vertx;
    private static Bus bus;
    private static Surroundings around;

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
        bus = new Bus(vertx);
        around = new Surroundings();
        around.pool.put(entry(1).credentials("me", "pw").pooled());
        vertx.deployVerticle(
                        () -> {
                            ApiVerticle made = around.verticle(Surroundings.server(0, 0), Surroundings.withKey(), bus);
                            INSTANCES.add(made);
                            return made;
                        },
                        new DeploymentOptions().setInstances(2))
                .await();
    }

    @AfterAll
    static void stop() {
        vertx.close().await();
        around.telemetry.close();
    }

    private static Wire.Answer get(int port, String path, String... headers) throws Exception {
        StringBuilder request = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: sluice.example\r\n");
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        return Wire.untilClosed(
                port, request.append("Connection: close\r\n\r\n").toString());
    }

    private static int port() {
        return INSTANCES.get(0).port();
    }

    @Test
    void allInstancesShareTheirPorts() {
        assertThat(INSTANCES).hasSize(2);
        assertThat(INSTANCES.get(1).port()).isEqualTo(port()).isPositive();
        assertThat(INSTANCES.get(1).managementPort())
                .isEqualTo(INSTANCES.get(0).managementPort())
                .isNotEqualTo(port());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-API-Key: correct-horse",
                "x-api-key: correct-horse",
                "Authorization: Bearer correct-horse",
                "authorization: bearer correct-horse"
            })
    void theKeyOpensEverything(String header) throws Exception {
        assertThat(get(port(), "/list", header).body()).isEqualTo("http://me:pw@127.0.0.1:8080\n");
        assertThat(get(port(), "/nothing", header).status()).isEqualTo(404);
    }

    @Test
    void theKeyMayStandInTheQuery() throws Exception {
        assertThat(get(port(), "/list?limit=1&api_key=correct-horse").status()).isEqualTo(200);
        assertThat(get(port(), "/stat?api_key=correct%2Dhorse").status()).isEqualTo(200);
        assertThat(get(port(), "/list?api_key=wrong").status()).isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/list",
                "/get-proxy?x=1",
                "/metrics",
                "/reload",
                "/stat",
                "/nothing",
                "/",
                "/openapi.yaml",
                "/api/v1/sources"
            })
    void withoutTheKeyNothingIsTold(String path) throws Exception {
        for (String header : List.of("X-Other: x", "X-API-Key: wrong", "X-API-Key: ", "Authorization: Basic eDp4")) {
            Wire.Answer answer = get(port(), path, header);
            assertThat(answer.status()).as(header).isEqualTo(401);
            assertThat(answer.headers())
                    .containsEntry("www-authenticate", "Bearer realm=\"sluice\"")
                    .containsEntry("content-type", "application/problem+json");
            assertThat(new JsonObject(answer.body()).getString("type")).isEqualTo("urn:sluice:problem:unauthorized");
            assertThat(answer.body()).doesNotContain("wrong", "correct-horse");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/health", "/ready", "/judge", "/judge/x"})
    void theOpenOnesNeedNoKey(String path) throws Exception {
        assertThat(get(port(), path).status()).isEqualTo(200);
    }

    @Test
    void aPageOfAnotherOriginIsServedWithTheKey() throws Exception {
        assertThat(get(port(), "/list", "Origin: http://evil.example", "X-API-Key: correct-horse")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void theManagementPortHasHealthAndMetricsOnly() throws Exception {
        int management = INSTANCES.get(0).managementPort();
        assertThat(get(management, "/health").status()).isEqualTo(200);
        assertThat(get(management, "/ready").status()).isEqualTo(200);
        assertThat(get(management, "/metrics").status()).isEqualTo(401);
        assertThat(get(management, "/metrics", "X-API-Key: correct-horse").body())
                .contains("jvm_memory_used_bytes");
        assertThat(get(management, "/list", "X-API-Key: correct-horse").status())
                .isEqualTo(404);
        assertThat(get(management, "/judge", "X-API-Key: correct-horse").status())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, true",
        "127.1.2.3, true",
        "localhost, true",
        "::1, true",
        "[::1], true",
        "0.0.0.0, false",
        "::, false",
        "192.168.1.1, false",
        "example.com, false",
    })
    void withoutAKeyOnlyLoopbackMayBeBound(String host, boolean allowed) {
        ServerConfig server = new ServerConfig(
                host,
                0,
                null,
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofSeconds(1),
                new ByteSize(4_096),
                Duration.ZERO,
                Duration.ZERO);
        assertThat(ApiVerticle.refusal(server, Surroundings.noKey(), false) == null)
                .isEqualTo(allowed);
        assertThat(ApiVerticle.refusal(server, Surroundings.withKey(), false)).isNull();
        assertThat(ApiVerticle.refusal(
                        server, new SecurityConfig(Secret.of(" "), null, 0, 0, 10, EncryptionConfig.USUAL), false))
                .isNotNull();
    }

    @Test
    void whatMustNotBeServedDoesNotStart() {
        ServerConfig everywhere = new ServerConfig(
                "0.0.0.0",
                0,
                null,
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofSeconds(1),
                new ByteSize(4_096),
                Duration.ZERO,
                Duration.ZERO);
        assertThatThrownBy(() -> vertx.deployVerticle(around.verticle(everywhere, Surroundings.noKey(), bus))
                        .await())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("server.host: 0.0.0.0");
    }

    @Test
    void aTakenPortIsABindException() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            assertThatThrownBy(() -> vertx.deployVerticle(
                                    around.verticle(Surroundings.server(port, null), Surroundings.noKey(), bus))
                            .await())
                    .isInstanceOf(BindException.class)
                    .hasMessageContaining("server.port: " + port);
            assertThatThrownBy(() -> vertx.deployVerticle(
                                    around.verticle(Surroundings.server(0, port), Surroundings.noKey(), bus))
                            .await())
                    .isInstanceOf(BindException.class)
                    .hasMessageContaining("server.management-port: " + port);
        }
    }
}
