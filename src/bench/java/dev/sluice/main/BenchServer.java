package dev.sluice.main;

import dev.sluice.bench.Traffic;
import dev.sluice.config.ConfigLoader;
import dev.sluice.config.Inputs;
import dev.sluice.config.LoadedConfig;
import dev.sluice.telemetry.Telemetry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** The whole server in this process, on a database of {@link dev.sluice.bench.Stock}; nothing is fetched or checked. */
public final class BenchServer {
    private BenchServer() {}

    /**
     * Starts it.
     *
     * @param traffic is told of the server's Vert.x once it serves
     * @return the port
     */
    public static int start(Path database, int loops, Traffic traffic) throws Exception {
        Inputs inputs = new Inputs(
                Objects.requireNonNull(database.getParent(), "database"),
                null,
                null,
                Map.of(),
                List.of(
                        "store.url=sqlite:" + database,
                        "server.port=0",
                        "net.allowed-networks=127.0.0.0/8",
                        "fetch.enabled=false",
                        "schedule.enabled=false",
                        "log.level=warn"));
        LoadedConfig loaded = ConfigLoader.load(inputs);
        Vertx vertx =
                Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(loops));
        Server server = Server.start(vertx, new Telemetry(), loaded, () -> loaded, List.of())
                .await(120, TimeUnit.SECONDS);
        traffic.begin(vertx);
        return server.port();
    }
}
