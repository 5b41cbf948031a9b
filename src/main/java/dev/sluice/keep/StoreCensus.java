package dev.sluice.keep;

import dev.sluice.bus.Loop;
import dev.sluice.cadence.Demand;
import dev.sluice.port.Census.Figures;
import dev.sluice.port.SourceFigures;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.StoreSlice;
import dev.sluice.store.StoreStats;
import dev.sluice.store.StoreTally;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what is stored, in slices that take some ten milliseconds each, with rests between them: however much there is,
 * nobody waits for the count, and it takes a fifth of the time at most. Only the first count after a start, which others
 * wait for, goes without rests. Confined to its event loop, except what it tells.
 */
final class StoreCensus {
    private static final Logger LOG = LoggerFactory.getLogger(StoreCensus.class);
    private static final int REST_PER_DURATION = 4;
    private static final int SMALLEST_SLICE = 100;
    private static final int LARGEST_SLICE = 10_000;
    private static final int FIRST_SLICE = 1_000;
    private static final long SHORT_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

    private final Loop loop;
    private final ProxyStore store;
    private final LongFunction<Future<Void>> pause;
    private final InstantSource clock;
    private final LongSupplier nanoClock;
    private final Demand demand;
    private int sliceSize = FIRST_SLICE;
    private boolean stopped;
    private volatile Figures figures = Figures.NONE;
    private volatile SourceFigures.Counted sources = SourceFigures.Counted.NEVER;
    private volatile boolean answers = true;

    /** @param pause completes on the loop after so many milliseconds, 1 or more */
    StoreCensus(
            Loop loop,
            ProxyStore store,
            LongFunction<Future<Void>> pause,
            InstantSource clock,
            LongSupplier nanoClock,
            Demand demand) {
        this.loop = loop;
        this.store = store;
        this.pause = pause;
        this.clock = clock;
        this.nanoClock = nanoClock;
        this.demand = demand;
    }

    /** Counts once; completes with the rest that is due then, and does not fail. */
    Future<Duration> count() {
        long begin = nanoClock.getAsLong();
        StoreTally tally = new StoreTally();
        return rest(tally, sources.known()).transform(result -> {
            if (result.succeeded()) {
                StoreStats stats = tally.sum();
                figures = figures(stats);
                sources = new SourceFigures.Counted(Math.max(1, clock.millis()), stats.alive(), stats.bySource());
                demand.counted(stats.checksPerSecond());
            } else if (answers && !stopped) {
                LOG.atWarn().addKeyValue("error", result.cause().getMessage()).log("the store cannot be counted");
            }
            answers = result.succeeded();
            long rest = result.succeeded() ? result.result() : REST_PER_DURATION * (nanoClock.getAsLong() - begin);
            return Future.succeededFuture(Duration.ofNanos(rest));
        });
    }

    /** Counts what is left; completes with the rest that is due after the last slice, in nanoseconds. */
    private Future<Long> rest(StoreTally tally, boolean restful) {
        if (stopped) {
            return Future.failedFuture(new IllegalStateException("counting has stopped"));
        }
        long start = nanoClock.getAsLong();
        return loop.answer(() -> store.counting().slice(tally.lastId(), sliceSize))
                .compose(slice -> {
                    long took = nanoClock.getAsLong() - start;
                    fit(slice, took);
                    long rest = REST_PER_DURATION * took;
                    if (!tally.add(slice)) {
                        return Future.succeededFuture(rest);
                    }
                    long millis = restful ? TimeUnit.NANOSECONDS.toMillis(rest) : 0;
                    return millis == 0
                            ? rest(tally, restful)
                            : pause.apply(millis).compose(rested -> rest(tally, restful));
                });
    }

    /** No further slice is counted. */
    void stop() {
        stopped = true;
    }

    /** What a slice took may be the queue's before it: that it grows slowly does no harm, that it shrinks helps others. */
    private void fit(StoreSlice slice, long tookNanos) {
        if (tookNanos > LONG_NANOS) {
            sliceSize = Math.max(SMALLEST_SLICE, sliceSize / 2);
        } else if (tookNanos < SHORT_NANOS && slice.stats().total() == sliceSize) {
            sliceSize = Math.min(LARGEST_SLICE, 2 * sliceSize);
        }
    }

    /** The last count. Thread-safe. */
    Figures figures() {
        return figures;
    }

    /** What the last count says of sources. Thread-safe. */
    SourceFigures.Counted sources() {
        return sources;
    }

    /** Whether the last count succeeded. Thread-safe. */
    boolean answers() {
        return answers;
    }

    private static Figures figures(StoreStats stats) {
        Map<String, Long> byProtocol = new HashMap<>();
        stats.byScheme().forEach((scheme, count) -> byProtocol.put(scheme.text(), count));
        Map<String, Long> byTier = new HashMap<>();
        stats.byTier().forEach((tier, count) -> byTier.put(tier.text(), count));
        return new Figures(
                stats.total(),
                stats.alive(),
                stats.neverChecked(),
                stats.archived(),
                Map.copyOf(byProtocol),
                Map.copyOf(byTier),
                stats.listedBySource(),
                stats.aliveBySource(),
                stats.located());
    }
}
