package dev.sluice.keep;

import dev.sluice.bus.Loop;
import dev.sluice.config.PoolConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.pool.PooledProxy;
import dev.sluice.port.Reloadable;
import dev.sluice.port.Timetable;
import dev.sluice.store.ProxyStore;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks every 10 s whether a proxy should be checked before its first use, and the first time at once. Deploy one
 * instance, when the pool is loaded; with {@code pool.warm-up: 0} it does nothing. The store may be down.
 */
public final class WarmUpVerticle extends VerticleBase implements Reloadable {
    private static final long PAUSE_MILLIS = 10_000;

    private volatile PoolConfig config;
    private final Fresh fresh;
    private final ProxyStore store;
    private final Timetable timetable;
    private final InstantSource clock;
    private final MeterRegistry meters;
    private final long pauseMillis;
    private Timetable.@Nullable Entry turns;

    /**
     * @param fresh where the candidates come from
     * @param store makes them due
     * @param clock tells the age of checks
     */
    public WarmUpVerticle(
            PoolConfig config,
            Fresh fresh,
            ProxyStore store,
            Timetable timetable,
            InstantSource clock,
            MeterRegistry meters) {
        this(config, fresh, store, timetable, clock, meters, PAUSE_MILLIS);
    }

    WarmUpVerticle(
            PoolConfig config,
            Fresh fresh,
            ProxyStore store,
            Timetable timetable,
            InstantSource clock,
            MeterRegistry meters,
            long pauseMillis) {
        this.config = config;
        this.fresh = fresh;
        this.store = store;
        this.timetable = timetable;
        this.clock = clock;
        this.meters = meters;
        this.pauseMillis = pauseMillis;
    }

    @Override
    public Future<?> start() {
        Loop loop = new Loop(context);
        WarmUp warmUp = new WarmUp(
                () -> config.warmUpAfter().toMillis(),
                () -> config.warmUp(),
                (before, limit) -> vertx.executeBlocking(() -> fresh.best(before, limit)),
                (ids, priority, now) -> loop.answer(() -> store.expedite(ids, priority, now)),
                clock,
                meters);
        turns = timetable.enter(
                Timetable.Plan.every(
                                Duration.ofMillis(pauseMillis), "warm-up", "has proxies checked before their first use")
                        .shownAs(() -> config.warmUp() > 0),
                start -> warmUp.turn().map(Duration.ZERO));
        return Future.succeededFuture();
    }

    @Override
    public List<String> liveKeys() {
        return List.of("pool.warm-up", "pool.warm-up-after");
    }

    @Override
    public Prepared prepare(SluiceConfig next) {
        return () -> config = next.pool();
    }

    /** Completes when the turn under way has ended. */
    @Override
    public Future<?> stop() {
        return turns == null ? Future.succeededFuture() : turns.leave();
    }

    /** The best proxies that nobody used yet. */
    @FunctionalInterface
    public interface Fresh {
        /**
         * Those that are served, without any use and last checked before {@code checkedBeforeMillis}, best first. Called
         * on a worker thread, so it may walk through the pool.
         *
         * @param limit most of them, 1..1000
         */
        List<PooledProxy> best(long checkedBeforeMillis, int limit);
    }
}
