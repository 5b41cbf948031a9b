package dev.sluice.keep;

import dev.sluice.bus.Loop;
import dev.sluice.port.GeoCache;
import dev.sluice.port.Jobs;
import dev.sluice.port.Locate;
import dev.sluice.port.Locator;
import dev.sluice.port.NewJob;
import dev.sluice.port.Timetable;
import dev.sluice.store.ProxyStore;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that everything stored is located: all of it once after the databases have changed, what was taken in since
 * every day. Forgets answers that have expired. Deploy one instance, once there are workers for jobs.
 */
public final class LocateVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(LocateVerticle.class);
    private static final Duration LOOK_EVERY = Duration.ofMinutes(1);
    private static final Duration NEW_EVERY = Duration.ofDays(1);
    private static final Duration NEW_AFTER = Duration.ofMinutes(15);
    private static final Duration EXPIRE_EVERY = Duration.ofHours(1);
    private static final int EXPIRED_AT_ONCE = 1_000;
    /** Behind what people ask for. */
    private static final int PRIORITY = NewJob.DEFAULT_PRIORITY - 2;

    private final Locator locator;
    private final ProxyStore store;
    private final Jobs jobs;
    private final Timetable timetable;
    private final InstantSource clock;
    private final List<Timetable.Entry> entries = new ArrayList<>();
    /** Of the databases with which everything is known to be located. */
    private String locatedWith = "";

    /** Not deployed yet. */
    public LocateVerticle(Locator locator, ProxyStore store, Jobs jobs, Timetable timetable, InstantSource clock) {
        this.locator = locator;
        this.store = store;
        this.jobs = jobs;
        this.timetable = timetable;
        this.clock = clock;
    }

    @Override
    public Future<?> start() {
        Loop loop = new Loop(context);
        entries.add(timetable.enter(
                Timetable.Plan.every(LOOK_EVERY, "locate", "locates everything once databases have changed"),
                tick -> loop.answer(this::locateAll).map(Duration.ZERO)));
        entries.add(timetable.enter(
                Timetable.Plan.every(NEW_EVERY, "locate-new", "locates what is not located yet")
                        .after(NEW_AFTER),
                tick -> loop.answer(() -> submit(Locate.Scope.UNLOCATED)).map(Duration.ZERO)));
        entries.add(timetable.enter(
                Timetable.Plan.every(EXPIRE_EVERY, "geo-cache", "forgets answers about addresses that have expired")
                        .spread(),
                tick -> loop.answer(() -> expire(store.geoCache())).map(Duration.ZERO)));
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return Future.join(entries.stream().map(Timetable.Entry::leave).toList());
    }

    /** Submits the job while the databases are others than those everything was located with. */
    private Future<Void> locateAll() {
        String now = Fingerprint.of(locator.databases());
        if (now.equals(locatedWith)) {
            return Future.succeededFuture();
        }
        return store.settings().all().compose(settings -> {
            if (now.equals(settings.get(Locate.LOCATED_WITH))) {
                locatedWith = now;
                return Future.succeededFuture();
            }
            return submit(Locate.Scope.ALL);
        });
    }

    private Future<Void> submit(Locate.Scope scope) {
        return jobs.submit(new Locate(scope, false).job(PRIORITY, null))
                .onSuccess(submitted -> {
                    if (!submitted.known()) {
                        LOG.atInfo()
                                .addKeyValue("job", submitted.job().id())
                                .addKeyValue("scope", scope.text())
                                .log("what is stored is located");
                    }
                })
                .mapEmpty();
    }

    private Future<Void> expire(GeoCache cache) {
        return cache.expire(clock.millis(), EXPIRED_AT_ONCE)
                .compose(gone -> gone < EXPIRED_AT_ONCE ? Future.succeededFuture() : expire(cache));
    }
}
