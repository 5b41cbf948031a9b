package dev.sluice.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.config.ConfigLoader;
import dev.sluice.config.StoreConfig;
import dev.sluice.store.EmbeddedDatabase;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.StoreException;
import dev.sluice.store.StoreReading;
import dev.sluice.store.Stores;
import dev.sluice.store.TestVaults;
import dev.sluice.store.schema.MigrationScript;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A look at a real server. */
class PostgresProbeIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Vertx vertx = Vertx.vertx();
    private String url = "";

    @BeforeEach
    void create() {
        url = EmbeddedDatabase.create();
    }

    @AfterEach
    void drop() throws Exception {
        await(vertx.close());
        EmbeddedDatabase.drop(url);
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(60, TimeUnit.SECONDS);
    }

    private StoreReading look() throws Exception {
        return await(PostgresProbe.look(vertx, url, PATIENCE));
    }

    private StoreConfig config() {
        return ConfigLoader.defaults("store.url=" + url, "store.connections=3").store();
    }

    @Test
    void anEmptyDatabaseHasNoSchema() throws Exception {
        StoreReading reading = look();

        assertThat(reading.version()).matches("PostgreSQL [0-9]+(\\.[0-9]+)?.*");
        assertThat(reading.schema()).isZero();
        assertThat(reading.newest())
                .isEqualTo(MigrationScript.all("postgres").size())
                .isPositive();
        assertThat(reading.latencyMicros()).isNotNegative();
        assertThat(reading.connections()).isPositive();
        assertThat(reading.mostConnections()).isGreaterThan(reading.connections());
        assertThat(reading.damage()).isEmpty();
        assertThat(reading.whole()).isTrue();
    }

    @Test
    void aDatabaseInUseTellsItsSchemaAndIsLeftAsItWas() throws Exception {
        ProxyStore store = await(Stores.open(vertx, config(), TestVaults.usual()));
        await(store.settings().put("kept", "so"));

        StoreReading reading = await(StoreReading.of(vertx, config(), PATIENCE));

        assertThat(reading.schema()).isEqualTo(reading.newest());
        assertThat(reading.connections()).as("the store's, and ours").isGreaterThanOrEqualTo(2);
        assertThat(await(store.settings().all())).containsEntry("kept", "so");
        await(store.close());
    }

    @Test
    void aServerThatIsNotThereOrRefusesOrIsSilentIsToldWithoutThePassword() throws Exception {
        int closed;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = free.getLocalPort();
        }
        URI there = URI.create(url);
        NetServer silent = vertx.createNetServer().connectHandler(socket -> {});
        int mute = await(silent.listen(0, "127.0.0.1")).actualPort();

        for (String other : new String[] {
            "postgresql://me:hush-4711@127.0.0.1:" + closed + "/sluice",
            "postgresql://me:hush-4711@127.0.0.1:" + there.getPort() + there.getPath() + "_not_there",
            "postgresql://me:hush-4711@127.0.0.1:" + mute + "/sluice"
        }) {
            assertThatThrownBy(() -> await(PostgresProbe.look(vertx, other, Duration.ofSeconds(2))))
                    .as(other)
                    .isInstanceOf(StoreException.class)
                    .hasMessageNotContaining("hush-4711");
        }
    }
}
