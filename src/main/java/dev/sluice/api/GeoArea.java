package dev.sluice.api;

import dev.sluice.parse.IpAddress;
import dev.sluice.port.Census;
import dev.sluice.port.GeoCache;
import dev.sluice.port.Jobs;
import dev.sluice.port.Locator;
import dev.sluice.proxy.Location;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /api/v1/geo}: what tells where addresses are, what it says of one, and locating anew what is stored. */
public final class GeoArea implements Area {
    private static final Logger LOG = LoggerFactory.getLogger(GeoArea.class);
    private static final String ADDRESS = "address";

    private final Locator locator;
    private final GeoCache cache;
    private final Jobs jobs;
    private final Census census;
    private final LongSupplier nowMillis;

    /** @param nowMillis milliseconds since 1970-01-01T00:00Z */
    public GeoArea(Locator locator, GeoCache cache, Jobs jobs, Census census, LongSupplier nowMillis) {
        this.locator = locator;
        this.cache = cache;
        this.jobs = jobs;
        this.census = census;
        this.nowMillis = nowMillis;
    }

    @Override
    public List<Route> routes(Desk desk) {
        return List.of(
                desk.get("/api/v1/geo", "what tells where addresses are", this::state),
                desk.get("/api/v1/geo/{address}", "where an address is", this::locate),
                desk.admin(
                        "POST",
                        "/api/v1/geo/locate",
                        "locate what is stored",
                        exchange -> locateStored(exchange, desk.bodies())));
    }

    private void state(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        Future<@Nullable JsonObject> kept = cache.stats(nowMillis.getAsLong())
                .map(GeoArea::form)
                .otherwise(failure -> {
                    LOG.atWarn().addKeyValue("error", failure.getMessage()).log("answers cannot be counted");
                    return null;
                });
        exchange.here(kept)
                .onSuccess(persistent -> exchange.json(
                        200,
                        new JsonObject()
                                .put("databases", databases())
                                .put("memory", form(locator.figures()))
                                .put("persistent", persistent)
                                .put("proxies", form(census.figures()))));
    }

    private JsonArray databases() {
        JsonArray databases = new JsonArray();
        for (Locator.Database database : locator.databases()) {
            databases.add(new JsonObject()
                    .put("name", database.name())
                    .put("type", database.type())
                    .put("built_at", ProxyForm.time(database.builtAtMillis()))
                    .put("ip_version", database.ipVersion())
                    .put("attribution", database.attribution())
                    .put("problem", database.problem()));
        }
        return databases;
    }

    private static JsonObject form(Locator.Figures figures) {
        return new JsonObject()
                .put("hits", figures.hits())
                .put("misses", figures.misses())
                .put("hit_rate", rate(figures.hits(), figures.misses()))
                .put("entries", figures.cached())
                .put("web_asked", figures.asked())
                .put("web_refused", figures.refused());
    }

    private static @Nullable JsonObject form(GeoCache.Stats stats) {
        return new JsonObject()
                .put("entries", stats.entries())
                .put("expired", stats.expired())
                .put("hits", stats.hits())
                .put("misses", stats.misses())
                .put("hit_rate", rate(stats.hits(), stats.misses()));
    }

    private static JsonObject form(Census.Figures figures) {
        return new JsonObject().put("total", figures.total()).put("located", figures.located());
    }

    private static @Nullable Double rate(long hits, long misses) {
        return hits + misses == 0 ? null : ProxyForm.thousandths(hits / (double) (hits + misses));
    }

    private void locate(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        String text = exchange.segment(ADDRESS);
        byte[] parsed = IpAddress.parse(text);
        if (parsed == null) {
            throw new Refused(Problems.invalidParameter(
                    ADDRESS,
                    ADDRESS + ": " + text.length() + " characters that are no address (expected: IPv4 or IPv6)"));
        }
        String address = IpAddress.format(IpAddress.unmapped(parsed));
        Location found = locator.locate(address);
        exchange.here(found.country() == null ? kept(address) : Future.succeededFuture(Location.UNKNOWN))
                .onSuccess(kept -> exchange.json(200, form(found.over(kept)).put(ADDRESS, address)));
    }

    /** What others were asked for before. Nobody is asked for a reader. */
    private Future<Location> kept(String address) {
        return cache.get(List.of(address), nowMillis.getAsLong())
                .map(answers -> answers.getOrDefault(address, Location.UNKNOWN))
                .otherwise(Location.UNKNOWN);
    }

    /** A location as JSON. */
    static JsonObject form(Location location) {
        return new JsonObject()
                .put("country", location.country())
                .put("region", location.region())
                .put("city", location.city())
                .put("asn", location.asn() == 0 ? null : location.asn())
                .put("organisation", location.organisation())
                .put("type", ProxyForm.type(location))
                .put("origin", location.origin());
    }

    private void locateStored(Exchange exchange, BodyReader bodies) {
        Query.parse(exchange.request().query(), List.of());
        exchange.here(bodies.read(exchange)
                        .map(body -> SubmitForm.locate(body, exchange.caller().name()))
                        .compose(jobs::submit))
                .onSuccess(submitted -> JobEndpoints.submitted(exchange, submitted, "/api/v1/jobs/"))
                .onFailure(failure -> JobEndpoints.failed(failure, exchange));
    }
}
