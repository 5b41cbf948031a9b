package dev.sluice.main;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.ConfigLoader;
import dev.sluice.config.Inputs;
import dev.sluice.config.SluiceConfig;
import dev.sluice.geo.mmdb.TestDatabases;
import dev.sluice.net.Names;
import dev.sluice.parse.AddressPolicy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(VertxExtension.class)
class GeoRoomVerticleTest {
    @TempDir
    private Path folder = Path.of(".");

    @Test
    void databasesBesideTheStoreArePickedUpWithoutConfiguration(Vertx vertx) throws Exception {
        Files.createDirectory(folder.resolve("geo"));
        Files.write(folder.resolve("geo/GeoLite2-City.mmdb"), TestDatabases.bytes("GeoLite2-City-Test.mmdb"));
        SluiceConfig config = ConfigLoader.load(
                        Inputs.of(Map.of()).withSettings(List.of("store.url=sqlite:" + folder.resolve("sluice.db"))))
                .config();

        GeoRoom room = await(GeoRoom.open(
                vertx, config, new Names(vertx, List.of(), 1), AddressPolicy.PUBLIC, null, new SimpleMeterRegistry()));

        assertThat(room.geo().locate("81.2.69.142").city()).isEqualTo("London");
        assertThat(room.geo().locate("8.8.8.8").country()).isEqualTo("US");
        await(room.stop());
        assertThat(room.geo().locate("81.2.69.142").city())
                .as("look-ups still answer")
                .isEqualTo("London");
        assertThat(await(room.geo().reload()))
                .as("no look at files after the end")
                .isEmpty();
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
