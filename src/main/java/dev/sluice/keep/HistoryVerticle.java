package dev.sluice.keep;

import dev.sluice.bus.Loop;
import dev.sluice.config.StoreConfig;
import dev.sluice.message.CheckOutcome;
import dev.sluice.pool.Pool;
import dev.sluice.pool.Survey;
import dev.sluice.port.Census;
import dev.sluice.port.SeriesHistory.Bucket;
import dev.sluice.port.Timetable;
import dev.sluice.store.HistoryLimits;
import dev.sluice.store.HistoryRecords;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts what happened into the histories of proxies, trims them, and writes how the whole develops. Deploy one instance before
 * what it watches, so that it stops later and writes the last of it.
 */
public final class HistoryVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(HistoryVerticle.class);
    private static final Duration EVERY = Duration.ofMinutes(1);
    /** A share of all histories, so that each is looked at twice a day where there are a million. */
    private static final int TRIMMED_AT_ONCE = 2_000;

    private static final int MOST_PRUNED = 1_000;
    private static final int BUCKETS_AT_ONCE = 100;
    private static final long LAST_WRITE_MILLIS = 5_000;

    private final HistoryRecords history;
    private final HistoryLimits limits;
    private final Pool pool;
    private final Supplier<Census.Figures> stored;
    private final Timetable timetable;
    private final InstantSource clock;
    private final Counter folded;
    private final SeriesRecorder recorder;
    private final List<Timetable.Entry> entries = new ArrayList<>();
    private long trimmedTo;

    /**
     * @param stored counts over everything stored, as of a few seconds ago
     * @param clock should be that of the other instances, give or take a few seconds
     */
    public HistoryVerticle(
            StoreConfig config,
            HistoryRecords history,
            Pool pool,
            Supplier<Census.Figures> stored,
            Timetable timetable,
            InstantSource clock,
            MeterRegistry meters) {
        this.history = history;
        this.limits = HistoryLimits.of(config.historyRetention(), config.historyDays());
        this.pool = pool;
        this.stored = stored;
        this.timetable = timetable;
        this.clock = clock;
        this.recorder = new SeriesRecorder(UUID.randomUUID().toString(), pool::served);
        this.folded = Counter.builder("sluice.history.folded")
                .description("Events that went into the histories of proxies")
                .register(meters);
    }

    /** Told of each verdict. Thread-safe. */
    public void checked(CheckOutcome outcome) {
        recorder.checked(outcome, clock.millis());
    }

    @Override
    public Future<?> start() {
        Loop loop = new Loop(context);
        entries.add(timetable.enter(
                Timetable.Plan.every(EVERY, "history-folding", "puts new checks into the histories of proxies")
                        .spread(),
                start -> fold(loop).map(Duration.ZERO)));
        entries.add(timetable.enter(
                Timetable.Plan.every(EVERY, "history-trimming", "drops checks that are too old")
                        .spread(),
                start -> trim(loop).map(Duration.ZERO)));
        entries.add(timetable.enter(
                Timetable.Plan.every(EVERY, "series", "writes how the pool develops")
                        .spread(),
                start -> sample(loop).map(Duration.ZERO)));
        return Future.succeededFuture();
    }

    /** Ends what is under way and writes the last counts; a store that does not answer is waited for 5 s. */
    @Override
    public Future<?> stop() {
        Loop loop = new Loop(context);
        return Future.join(entries.stream().map(Timetable.Entry::leave).toList())
                .otherwiseEmpty()
                .compose(left -> write(loop).timeout(LAST_WRITE_MILLIS, TimeUnit.MILLISECONDS))
                .onFailure(failure -> LOG.atWarn()
                        .addKeyValue("error", failure.getMessage())
                        .log("the last counts of checks could not be written"))
                .otherwiseEmpty();
    }

    private Future<Void> fold(Loop loop) {
        return loop.answer(() -> history.fold(limits, clock.millis())).compose(step -> {
            folded.increment(step.events());
            return step.more() ? fold(loop) : Future.succeededFuture();
        });
    }

    private Future<Void> trim(Loop loop) {
        return loop.answer(() -> history.trim(limits, clock.millis(), trimmedTo, TRIMMED_AT_ONCE))
                .onSuccess(trim -> trimmedTo = trim.more() ? trim.lastId() : 0)
                .mapEmpty();
    }

    private Future<Void> sample(Loop loop) {
        return loop.answer(() -> vertx.executeBlocking(() -> Survey.of(pool), false))
                .compose(survey -> {
                    recorder.sampled(survey, stored.get(), clock.millis());
                    return write(loop);
                })
                .compose(written -> loop.answer(() -> history.series().prune(clock.millis(), MOST_PRUNED)))
                .mapEmpty();
    }

    private Future<Void> write(Loop loop) {
        return write(loop, recorder.unwritten(clock.millis()));
    }

    private Future<Void> write(Loop loop, List<Bucket> buckets) {
        if (buckets.isEmpty()) {
            return Future.succeededFuture();
        }
        int some = Math.min(BUCKETS_AT_ONCE, buckets.size());
        List<Bucket> first = buckets.subList(0, some);
        return loop.answer(() -> history.series().put(first)).compose(put -> {
            recorder.written(first);
            return write(loop, buckets.subList(some, buckets.size()));
        });
    }
}
