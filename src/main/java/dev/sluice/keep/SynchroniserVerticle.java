package dev.sluice.keep;

import dev.sluice.bus.Loop;
import dev.sluice.port.Timetable;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.ProxyStore;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the pool in step with what other instances on the same store find out, every 2 s. Deploy one instance, when the
 * pool is loaded, where {@link dev.sluice.store.Stores#isShared} says so. The store may be down: then it is asked less and less often.
 */
public final class SynchroniserVerticle extends VerticleBase {
    private final ProxyStore store;
    private final Supplier<long[]> served;
    private final Consumer<List<StoredProxy>> learnt;
    private final long sinceMillis;
    private final Timetable timetable;
    private final InstantSource clock;
    private Timetable.@Nullable Entry turns;

    /**
     * @param served numbers of what the pool serves now, in any order; asked on a worker thread once in each round
     * @param learnt given what the store holds, a page of at most 1,000 at a time, on this verticle's event loop. The
     *     same state comes many times, and may be older than what is known
     * @param sinceMillis when the pool began to load, milliseconds since 1970-01-01T00:00Z
     * @param clock should be that of the other instances, give or take a few seconds
     */
    public SynchroniserVerticle(
            ProxyStore store,
            Supplier<long[]> served,
            Consumer<List<StoredProxy>> learnt,
            long sinceMillis,
            Timetable timetable,
            InstantSource clock) {
        this.store = store;
        this.served = served;
        this.learnt = learnt;
        this.sinceMillis = sinceMillis;
        this.timetable = timetable;
        this.clock = clock;
    }

    @Override
    public Future<?> start() {
        Loop loop = new Loop(context);
        Synchroniser synchroniser = new Synchroniser(new StoreShelves(loop), learnt, sinceMillis, clock);
        turns = timetable.enter(
                Timetable.Plan.every(
                        Duration.ofMillis(Synchroniser.PAUSE_MILLIS),
                        "synchroniser",
                        "learns from the store what other instances found"),
                start -> synchroniser.turn().map(SynchroniserVerticle::rest));
        return Future.succeededFuture();
    }

    /** None but where the store fails. */
    private static Duration rest(long pauseMillis) {
        return pauseMillis > Synchroniser.PAUSE_MILLIS ? Duration.ofMillis(pauseMillis) : Duration.ZERO;
    }

    /** Completes when the turn under way has ended. */
    @Override
    public Future<?> stop() {
        return turns == null ? Future.succeededFuture() : turns.leave();
    }

    private final class StoreShelves implements Synchroniser.Shelves {
        private final Loop loop;

        StoreShelves(Loop loop) {
            this.loop = loop;
        }

        @Override
        public Future<List<StoredProxy>> turnedSince(long since, long afterId, int limit) {
            return loop.answer(() -> store.turnedSince(since, afterId, limit));
        }

        @Override
        public Future<List<StoredProxy>> alive(long afterId, int limit) {
            return loop.answer(() -> store.alive(afterId, limit));
        }

        @Override
        public Future<List<StoredProxy>> get(List<Long> ids) {
            return loop.answer(() -> store.get(ids));
        }

        @Override
        public Future<long[]> served() {
            return vertx.executeBlocking(served::get);
        }
    }
}
