package dev.sluice.queue.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.proxy.Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.embedded.RedisServer;

/** A look at a real Redis. */
class RedisProbeIT {
    private static final String PASSWORD = "hush-hush-4711";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final Vertx VERTX = Vertx.vertx();
    private static int port;
    private static @Nullable RedisServer server;

    @BeforeAll
    static void start() throws IOException {
        port = free();
        try {
            server = RedisServer.newRedisServer()
                    .bind("127.0.0.1")
                    .port(port)
                    .setting("requirepass " + PASSWORD)
                    .setting("maxmemory-policy allkeys-lru")
                    .setting("save \"\"")
                    .build();
            server.start();
        } catch (IOException | RuntimeException e) {
            System.err.println("SKIPPED: the embedded Redis does not start here: " + e);
            server = null;
        }
        assumeTrue(server != null, "the embedded Redis does not start here");
    }

    @AfterAll
    static void stop() throws Exception {
        if (server != null) {
            server.stop();
        }
        await(VERTX.close());
    }

    private static int free() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(60, TimeUnit.SECONDS);
    }

    private static Future<RedisProbe.Reading> look(String password, int at, Duration patience) {
        return RedisProbe.look(VERTX, Secret.of("redis://:" + password + "@127.0.0.1:" + at + "/0"), patience);
    }

    @Test
    void itTellsItsVersionAndWhatItDropsWhenItIsFull() throws Exception {
        RedisProbe.Reading reading = await(look(PASSWORD, port, PATIENCE));

        assertThat(reading.version()).matches("[0-9]+\\.[0-9]+\\.[0-9]+");
        assertThat(reading.policy()).isEqualTo("allkeys-lru");
    }

    @Test
    void aWrongPasswordAClosedPortAndSilenceAreToldWithoutThePassword() throws Exception {
        NetServer silent = VERTX.createNetServer().connectHandler(socket -> {});
        int mute = await(silent.listen(0, "127.0.0.1")).actualPort();
        String wrong = "wrong-4711-marker";

        for (int at : new int[] {port, free(), mute}) {
            assertThatThrownBy(() -> await(look(wrong, at, Duration.ofSeconds(2))))
                    .as("port %d", at)
                    .hasMessageContaining("Redis does not answer")
                    .hasMessageNotContaining(wrong);
        }
    }

    @Test
    void whatIsNoAddressIsToldWithoutItsText() {
        assertThatThrownBy(() -> await(RedisProbe.look(VERTX, Secret.of("rediss//:" + PASSWORD), PATIENCE)))
                .hasMessageContaining("queue.url")
                .hasMessageNotContaining(PASSWORD);
    }
}
