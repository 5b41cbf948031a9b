package dev.sluice.keep;

import dev.sluice.bus.Loop;
import dev.sluice.config.StoreConfig;
import dev.sluice.keep.PendingWrites.Pending;
import dev.sluice.store.CheckBatch;
import dev.sluice.store.HealthChange;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.StoreException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what is pending: every flush interval or {@value #BATCH} changes, one batch at a time. While the store fails
 * the batch is tried again after growing pauses; nothing is given up. Confined to its event loop, except
 * {@link #answers()}.
 */
final class StoreWriter {
    static final int BATCH = 1_000;
    private static final long LONGEST_PAUSE_MILLIS = 10_000;
    private static final long LONGEST_PAUSE_AT_STOP_MILLIS = 250;
    /** A batch takes milliseconds. */
    private static final long SLOW_MILLIS = 5_000;

    private static final Logger LOG = LoggerFactory.getLogger(StoreWriter.class);

    private final Vertx vertx;
    private final Loop loop;
    private final ProxyStore store;
    private final PendingWrites writes;
    private long flushMillis;
    private final RandomGenerator random;
    private final LongSupplier nanoClock;
    private final Written written;
    private final Timer duration;
    private final Counter failures;
    private final Counter outdated;
    private final Counter shortened;
    private final Counter unrecorded;

    /** Another one after each start, so that numbers may begin at 1. */
    private final String name = UUID.randomUUID().toString();

    private long number = 1;
    private boolean withoutHistory;
    private boolean writing;
    private int failuresInARow;
    private @Nullable Long timer;
    private @Nullable Promise<Void> drained;
    private volatile boolean answers = true;
    /** When the batch on its way was sent; 0 while there is none. */
    private volatile long begunNanos;

    StoreWriter(
            Vertx vertx,
            Loop loop,
            ProxyStore store,
            PendingWrites writes,
            StoreConfig config,
            RandomGenerator random,
            LongSupplier nanoClock,
            MeterRegistry meters,
            Written written) {
        this.vertx = vertx;
        this.loop = loop;
        this.store = store;
        this.writes = writes;
        this.flushMillis = config.flushInterval().toMillis();
        this.random = random;
        this.nanoClock = nanoClock;
        this.written = written;
        this.duration = Timer.builder("sluice.keep.flush.duration")
                .description("Time to write a batch of results")
                .register(meters);
        this.failures = Counter.builder("sluice.keep.flush.failures")
                .description("Batches of results the store did not take at once")
                .register(meters);
        this.outdated = Counter.builder("sluice.keep.outdated.writes")
                .description("Results left out because the stored state was newer")
                .register(meters);
        this.shortened = Counter.builder("sluice.history.shortened")
                .description("Records of earlier checks given up because the disk was full")
                .register(meters);
        this.unrecorded = Counter.builder("sluice.history.unrecorded")
                .description("Events left out of histories, because the disk was full of what is worth more")
                .register(meters);
    }

    /** Waits so long with a batch from the next one on; on the event loop. */
    void follow(StoreConfig changed) {
        flushMillis = changed.flushInterval().toMillis();
    }

    /** Something was added to the pending writes. */
    void added() {
        if (writing || failuresInARow > 0) {
            return;
        }
        if (writes.waiting() >= BATCH) {
            flush();
        } else if (timer == null) {
            pause(flushMillis);
        }
    }

    /** Whether the store took the last batch, and has not been at the present one for long. Thread-safe. */
    boolean answers() {
        long begun = begunNanos;
        return answers && (begun == 0 || nanoClock.getAsLong() - begun < TimeUnit.MILLISECONDS.toNanos(SLOW_MILLIS));
    }

    /** Writes everything, giving up after {@code timeoutMillis}; then fails and says how much was lost. */
    Future<Void> drain(long timeoutMillis) {
        Promise<Void> done = Promise.promise();
        drained = done;
        long deadline = vertx.setTimer(
                timeoutMillis,
                id -> done.tryFail(new IllegalStateException(
                        writes.size() + " results could not be written within " + timeoutMillis + " ms and are lost")));
        if (!writing) {
            flush();
        }
        return done.future().onComplete(ended -> {
            vertx.cancelTimer(deadline);
            cancelPause();
        });
    }

    private void flush() {
        cancelPause();
        List<HealthChange> batch = writes.begin(BATCH);
        if (batch.isEmpty()) {
            if (drained != null) {
                drained.tryComplete();
            }
            return;
        }
        writing = true;
        long start = nanoClock.getAsLong();
        begunNanos = start | 1;
        CheckBatch happened = happened();
        loop.answer(() -> store.write(batch, happened)).onComplete(result -> {
            writing = false;
            begunNanos = 0;
            duration.record(nanoClock.getAsLong() - start, TimeUnit.NANOSECONDS);
            if (result.succeeded()) {
                taken(batch.size(), result.result());
            } else {
                refused(batch.size(), result.cause());
            }
        });
    }

    /** What goes with the batch: the same when it is tried again; nothing when there is no room for it. */
    private @Nullable CheckBatch happened() {
        if (withoutHistory) {
            return null;
        }
        List<CheckBatch.Noted> events = writes.happened();
        return events.isEmpty() ? null : new CheckBatch(name, number, events);
    }

    private void taken(int size, int fitting) {
        if (failuresInARow > 0) {
            failuresInARow = 0;
            LOG.atInfo().addKeyValue("pending", writes.size()).log("the store takes results again");
        }
        answers = true;
        if (withoutHistory) {
            withoutHistory = false;
            unrecorded.increment(writes.happened().size());
        }
        number++;
        outdated.increment(size - fitting);
        written.batch(writes.written(), fitting < size);
        if (drained != null || writes.waiting() >= BATCH) {
            flush();
        } else if (writes.waiting() > 0) {
            pause(flushMillis);
        }
    }

    private void refused(int size, Throwable failure) {
        failuresInARow++;
        answers = false;
        failures.increment();
        boolean known = failure instanceof StoreException;
        if (failuresInARow == 1 || !known) {
            (known ? LOG.atWarn() : LOG.atError())
                    .addKeyValue("batch", size)
                    .addKeyValue("pending", writes.size())
                    .addKeyValue("error", failure.getMessage())
                    .setCause(known ? null : failure)
                    .log("the store does not take results; they wait in memory");
        }
        if (drained != null && drained.future().isComplete()) {
            return;
        }
        if (failure instanceof StoreException full && full.kind() == StoreException.Kind.FULL) {
            makeRoom();
            return;
        }
        pauseLonger();
    }

    /** Results are worth more than what is remembered of earlier ones. */
    private void makeRoom() {
        writing = true;
        loop.answer(() -> store.history().shorten()).onComplete(result -> {
            writing = false;
            long gone = result.succeeded() ? result.result() : 0;
            if (gone > 0) {
                shortened.increment(gone);
                LOG.atWarn()
                        .addKeyValue("records", gone)
                        .log("the disk is full: the oldest checks were given up for new results");
            } else {
                withoutHistory = true;
            }
            if (drained != null && drained.future().isComplete()) {
                return;
            }
            pauseLonger();
        });
    }

    private void pauseLonger() {
        long longest = drained == null ? LONGEST_PAUSE_MILLIS : LONGEST_PAUSE_AT_STOP_MILLIS;
        long pause = Math.min(longest, flushMillis << Math.min(failuresInARow - 1, 20));
        pause(Math.max(1, Math.round(pause * random.nextDouble(0.5, 1))));
    }

    private void pause(long millis) {
        timer = vertx.setTimer(millis, id -> {
            timer = null;
            flush();
        });
    }

    private void cancelPause() {
        if (timer != null) {
            vertx.cancelTimer(timer);
            timer = null;
        }
    }

    /** Told of every batch the store took, on the event loop. */
    interface Written {
        /**
         * @param batch what was sent
         * @param incomplete whether some of it no longer fitted and was left out
         */
        void batch(Collection<Pending> batch, boolean incomplete);
    }
}
