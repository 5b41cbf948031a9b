package dev.sluice.geo;

import dev.sluice.config.GeoConfig;
import dev.sluice.net.GuardedHttp;
import dev.sluice.parse.AddressKind;
import dev.sluice.parse.IpAddress;
import dev.sluice.port.GeoCache;
import dev.sluice.port.Locator;
import dev.sluice.proxy.Location;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The locator of a process. */
public final class Geo implements Locator {
    private static final Logger LOG = LoggerFactory.getLogger(Geo.class);

    private static final long BACK_OFF_MILLIS = 500;
    private static final long EXPIRY_MILLIS = Duration.ofHours(1).toMillis();
    private static final int EXPIRY_LIMIT = 10_000;

    private final GeoConfig config;
    private final NetworkTable table;
    private final Shelf shelf;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private volatile Chain chain;
    private volatile @Nullable Watch watch;

    private Geo(GeoConfig config, Path directory) {
        this.config = config;
        this.table = new NetworkTable(config.networks());
        this.shelf = new Shelf(config, directory);
        shelf.look(false);
        this.chain = chain();
    }

    /**
     * Reads the databases, once: nothing is watched, no web service is asked. Blocks for as long as reading files takes.
     *
     * @param directory where databases are looked for when {@code config} names none
     */
    public static Geo read(GeoConfig config, Path directory) {
        return new Geo(config, directory);
    }

    /**
     * Reads the databases, and from then on whatever changes of them. Files that are missing or broken are warned about and
     * picked up once they are there and sound; so this does not fail for them.
     *
     * @param directory where databases are looked for when {@code config} names none
     * @param http to ask the web service with; obeys the rules for outgoing connections, stays the caller's
     * @param cache for answers of the web service; null: they are not kept
     * @param meters where the meters {@code sluice.geo.*} are registered
     */
    public static Future<Geo> open(
            Vertx vertx,
            GeoConfig config,
            Path directory,
            GuardedHttp http,
            @Nullable GeoCache cache,
            MeterRegistry meters) {
        return open(vertx, config, directory, http, cache, meters, InstantSource.system(), BACK_OFF_MILLIS);
    }

    static Future<Geo> open(
            Vertx vertx,
            GeoConfig config,
            Path directory,
            GuardedHttp http,
            @Nullable GeoCache cache,
            MeterRegistry meters,
            InstantSource clock,
            long backOffMillis) {
        WorkerExecutor worker = vertx.createSharedWorkerExecutor("sluice-geo", 1);
        String template = config.webService();
        WebService web = template == null ? null : new WebService(vertx, http, template, config, clock, backOffMillis);
        return worker.executeBlocking(() -> new Geo(config, directory), false)
                .onSuccess(geo -> {
                    Watch watch = geo.new Watch(vertx, worker, web, cache, clock);
                    geo.watch = watch;
                    geo.register(meters);
                    watch.start();
                })
                .onFailure(failure -> worker.close());
    }

    private Chain chain() {
        return new Chain(table, shelf.databases(), shelf.described(), config.cacheEntries());
    }

    @Override
    public Location locate(String address) {
        Chain now = chain;
        Location known = now.cached(address);
        if (known != null) {
            hits.increment();
            return known;
        }
        byte[] bytes = IpAddress.parse(address);
        if (bytes == null) {
            return Location.UNKNOWN;
        }
        misses.increment();
        Location found = now.locate(IpAddress.unmapped(bytes));
        now.keep(address, found);
        return found;
    }

    @Override
    public Future<Location> ask(String address) {
        Location known = locate(address);
        Watch watching = watch;
        if (known.country() != null || watching == null || watching.web == null) {
            return Future.succeededFuture(known);
        }
        byte[] bytes = IpAddress.parse(address);
        if (bytes == null || AddressKind.of(bytes) != AddressKind.PUBLIC) {
            return Future.succeededFuture(known);
        }
        return watching.ask(watching.web, IpAddress.format(IpAddress.unmapped(bytes)))
                .map(told -> Merging.typed(Merging.merge(known, told)));
    }

    @Override
    public List<Database> databases() {
        return chain.described();
    }

    /** What is wrong with database files, those included that never were in force; each names its file. */
    public List<String> problems() {
        Watch watching = watch;
        return watching == null ? shelf.problems() : watching.problems;
    }

    @Override
    public Figures figures() {
        Watch watching = watch;
        WebService web = watching == null ? null : watching.web;
        return new Figures(
                hits.sum(),
                misses.sum(),
                chain.cachedEntries(),
                web == null ? 0 : web.asked(),
                web == null ? 0 : web.refused());
    }

    /**
     * Looks at the files at once, and reads those that have changed without waiting for them to rest.
     *
     * @return names of the files whose new version is in force, or whose old one no longer is; none after {@link #close}
     */
    public Future<List<String>> reload() {
        Watch watching = watch;
        return watching == null ? Future.succeededFuture(List.of()) : watching.look(false);
    }

    /** Ends watching. Look-ups still answer from what was read. */
    public Future<Void> close() {
        Watch watching = watch;
        return watching == null ? Future.succeededFuture() : watching.close();
    }

    private void register(MeterRegistry meters) {
        counter(meters, "sluice.geo.lookups", "result", "hit", "Look-ups of addresses", () -> hits.sum());
        counter(meters, "sluice.geo.lookups", "result", "miss", "Look-ups of addresses", () -> misses.sum());
        counter(
                meters,
                "sluice.geo.web.requests",
                "result",
                "sent",
                "Requests to the web service for locations",
                () -> figures().asked());
        counter(
                meters,
                "sluice.geo.web.requests",
                "result",
                "refused",
                "Requests to the web service for locations",
                () -> figures().refused());
        Gauge.builder("sluice.geo.cache.entries", this, geo -> geo.chain.cachedEntries())
                .description("Locations kept in memory")
                .register(meters);
        Gauge.builder("sluice.geo.databases", this, geo -> geo.databases().size())
                .description("Databases in force")
                .register(meters);
        Gauge.builder("sluice.geo.problems", this, geo -> geo.problems().size())
                .description("Database files that are missing or refused")
                .register(meters);
        Gauge.builder("sluice.geo.corrupt", this, geo -> geo.chain.corrupt())
                .description("Look-ups that met a record which can't be read, in the databases in force")
                .register(meters);
    }

    private void counter(
            MeterRegistry meters,
            String name,
            String tag,
            String value,
            String description,
            java.util.function.LongSupplier count) {
        FunctionCounter.builder(name, this, geo -> count.getAsLong())
                .description(description)
                .tag(tag, value)
                .register(meters);
    }

    /** What goes on beside look-ups. The shelf is touched on the worker only, which has one thread. */
    private final class Watch {
        private final Vertx vertx;
        private final WorkerExecutor worker;
        private final @Nullable WebService web;
        private final @Nullable GeoCache cache;
        private final InstantSource clock;
        private volatile List<String> problems;
        private volatile boolean closed;
        private volatile long timer;
        private volatile long expiredAtMillis;
        private volatile boolean cacheFailed;

        Watch(
                Vertx vertx,
                WorkerExecutor worker,
                @Nullable WebService web,
                @Nullable GeoCache cache,
                InstantSource clock) {
            this.vertx = vertx;
            this.worker = worker;
            this.web = web;
            this.cache = cache;
            this.clock = clock;
            this.problems = shelf.problems();
            this.expiredAtMillis = clock.millis();
        }

        void start() {
            if (!closed) {
                timer = vertx.setTimer(
                        config.watchInterval().toMillis(),
                        id -> look(true).onComplete(looked -> {
                            if (looked.failed() && !closed) {
                                LOG.atError().setCause(looked.cause()).log("geo databases were not looked at");
                            }
                            expire();
                            start();
                        }));
            }
        }

        Future<List<String>> look(boolean settled) {
            if (closed) {
                return Future.succeededFuture(List.of());
            }
            return worker.executeBlocking(
                    () -> {
                        List<String> before = problems;
                        List<String> changed = shelf.look(settled);
                        List<String> after = shelf.problems();
                        problems = after;
                        if (!changed.isEmpty() || !after.equals(before)) {
                            chain = chain();
                        }
                        return changed;
                    },
                    false);
        }

        Future<Void> close() {
            closed = true;
            vertx.cancelTimer(timer);
            return worker.close();
        }

        Future<Location> ask(WebService service, String address) {
            return kept(address)
                    .compose(kept -> kept.isPresent()
                            ? Future.succeededFuture(kept.get())
                            : service.ask(address).map(told -> {
                                told.ifPresent(location -> keep(address, location));
                                return told.orElse(Location.UNKNOWN);
                            }));
        }

        private Future<Optional<Location>> kept(String address) {
            GeoCache store = cache;
            if (store == null) {
                return Future.succeededFuture(Optional.empty());
            }
            return store.get(List.of(address), clock.millis())
                    .map(found -> Optional.ofNullable(found.get(address)))
                    .recover(failure -> {
                        complain(failure);
                        return Future.succeededFuture(Optional.empty());
                    });
        }

        private void keep(String address, Location location) {
            GeoCache store = cache;
            if (store != null) {
                long now = clock.millis();
                Duration life = location.country() == null ? config.webUnknownTtl() : config.webTtl();
                store.put(Map.of(address, location), now, now + life.toMillis())
                        .onComplete(kept -> cacheFailed = false, this::complain);
            }
        }

        /** Forgets what has expired, now and then. */
        private void expire() {
            GeoCache store = cache;
            long now = clock.millis();
            if (store != null && web != null && now - expiredAtMillis >= EXPIRY_MILLIS) {
                expiredAtMillis = now;
                store.expire(now, EXPIRY_LIMIT).onFailure(this::complain);
            }
        }

        private void complain(Throwable failure) {
            if (!cacheFailed) {
                cacheFailed = true;
                LOG.atWarn().setCause(failure).log("locations of the web service are not kept");
            }
        }
    }
}
