package dev.sluice.main;

import dev.sluice.config.SluiceConfig;
import dev.sluice.geo.Geo;
import dev.sluice.net.GuardedHttp;
import dev.sluice.net.Resolver;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.port.GeoCache;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The geography of a server: its locator, and what that asks with. */
final class GeoRoom {
    private final Geo geo;
    private final GuardedHttp http;

    private GeoRoom(Geo geo, GuardedHttp http) {
        this.geo = geo;
        this.http = http;
    }

    /**
     * Reads the databases and begins to watch them.
     *
     * @param policy which addresses a web service may have
     * @param cache for answers of the web service; null: they are not kept
     */
    static Future<GeoRoom> open(
            Vertx vertx,
            SluiceConfig config,
            Resolver names,
            AddressPolicy policy,
            @Nullable GeoCache cache,
            MeterRegistry meters) {
        GuardedHttp http = new GuardedHttp(vertx, names, policy);
        return Geo.open(vertx, config.geo(), directory(config), http, cache, meters)
                .map(geo -> new GeoRoom(geo, http))
                .recover(failure -> http.close().transform(closed -> Future.failedFuture(failure)));
    }

    /** Where databases are kept: {@code geo.directory}, or {@code geo} beside the database. */
    static Path directory(SluiceConfig config) {
        String chosen = config.geo().directory();
        return chosen == null
                ? DataDirectory.of(config.store()).resolve("geo")
                : Path.of(chosen).toAbsolutePath();
    }

    /** The locator. */
    Geo geo() {
        return geo;
    }

    /** Ends watching; look-ups still answer. */
    Future<Void> stop() {
        return geo.close().eventually(http::close);
    }
}
