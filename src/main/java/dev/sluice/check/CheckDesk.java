package dev.sluice.check;

import dev.sluice.message.CheckCredit;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.CheckOutcomes;
import dev.sluice.message.DueProxy;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Verified;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes work in, paces it, hands outcomes over. Memory is bounded by credit: what was accepted holds its credit until
 * {@code keep} has acknowledged its outcome. Confined to one event loop.
 */
final class CheckDesk {
    private static final Logger LOG = LoggerFactory.getLogger(CheckDesk.class);
    private static final int MAX_BATCH = 256;
    private static final int MAX_HAND_OVERS = 4;
    private static final long FIRST_PAUSE_MILLIS = 500;
    private static final long LONGEST_PAUSE_MILLIS = 10_000;

    private final int capacity;
    private final StartRate rate;
    private final Function<DueProxy, Future<Verdict>> check;
    private final Function<CheckOutcomes, Future<Integer>> handOver;
    private final Consumer<CheckCredit> credit;
    private final LongFunction<Future<Void>> pause;
    private final LongSupplier nanos;
    private final LongSupplier millis;
    private final CheckMeters meters;

    private final ArrayDeque<DueProxy> waiting = new ArrayDeque<>();
    private final ArrayDeque<CheckOutcome> outcomes = new ArrayDeque<>();
    private long epoch;
    private boolean granted;
    private boolean closing;
    private int held;
    private int inFlight;
    private int handOvers;

    /**
     * Nothing is granted until {@link #grantAnew}.
     *
     * @param capacity most checks accepted and not acknowledged
     * @param ratePerSecond most starts in a second
     * @param check never fails
     * @param handOver fails when the batch was not taken
     * @param credit publishes
     * @param pause completes after so many milliseconds
     * @param nanos a clock for durations
     * @param millis the wall clock
     */
    CheckDesk(
            int capacity,
            int ratePerSecond,
            Function<DueProxy, Future<Verdict>> check,
            Function<CheckOutcomes, Future<Integer>> handOver,
            Consumer<CheckCredit> credit,
            LongFunction<Future<Void>> pause,
            LongSupplier nanos,
            LongSupplier millis,
            CheckMeters meters) {
        this.capacity = capacity;
        this.rate = new StartRate(ratePerSecond, nanos.getAsLong());
        this.check = check;
        this.handOver = handOver;
        this.credit = credit;
        this.pause = pause;
        this.nanos = nanos;
        this.millis = millis;
        this.meters = meters;
    }

    /** Grants everything under a new epoch; does nothing while work is held. */
    void grantAnew() {
        if (held == 0 && !closing) {
            granted = true;
            epoch = Math.max(epoch + 1, millis.getAsLong());
            credit.accept(new CheckCredit(epoch, capacity));
        }
    }

    /** Takes from the front of {@code proxies} what there is credit for, and tells how many. */
    int accept(List<DueProxy> proxies) {
        int room = granted && !closing ? capacity - held : 0;
        int accepted = Math.min(room, proxies.size());
        for (int i = 0; i < accepted; i++) {
            waiting.add(proxies.get(i));
        }
        held += accepted;
        return accepted;
    }

    /** Starts what may start now. Call it every few milliseconds. */
    void startDue() {
        if (waiting.isEmpty() || closing) {
            return;
        }
        int room = Math.min(waiting.size(), capacity - inFlight);
        int starts = rate.take(room, nanos.getAsLong());
        for (int i = 0; i < starts; i++) {
            start(waiting.remove());
        }
    }

    private void start(DueProxy due) {
        long began = nanos.getAsLong();
        meters.inFlight(++inFlight);
        check.apply(due)
                .otherwise(failure -> {
                    LOG.atError()
                            .addKeyValue("proxy", due.key().url())
                            .setCause(failure)
                            .log("a check broke");
                    return Verdict.failed(FailureReason.LOCAL, Verified.NONE);
                })
                .onSuccess(verdict -> {
                    meters.inFlight(--inFlight);
                    CheckOutcome outcome = verdict.outcome(due, millis.getAsLong());
                    meters.ended(outcome, nanos.getAsLong() - began);
                    LOG.atDebug()
                            .addKeyValue("proxy", due.key().url())
                            .addKeyValue("reason", outcome.reason())
                            .log("checked");
                    outcomes.add(outcome);
                    if (outcomes.size() >= MAX_BATCH) {
                        flush();
                    }
                });
    }

    /** Hands over what has gathered. Call it every 100 ms or so. */
    void flush() {
        while (!outcomes.isEmpty() && handOvers < MAX_HAND_OVERS && !closing) {
            handOvers++;
            CheckOutcomes batch = nextBatch();
            deliver(batch, FIRST_PAUSE_MILLIS).onComplete(done -> {
                handOvers--;
                if (done.succeeded()) {
                    acknowledged(batch.outcomes().size());
                } else {
                    batch.outcomes().forEach(outcomes::addFirst);
                }
            });
        }
    }

    private CheckOutcomes nextBatch() {
        List<CheckOutcome> batch = new ArrayList<>(Math.min(MAX_BATCH, outcomes.size()));
        while (batch.size() < MAX_BATCH && !outcomes.isEmpty()) {
            batch.add(outcomes.remove());
        }
        return new CheckOutcomes(batch);
    }

    /** Again and again until it is taken; gives up only when closing, and then the batch is tried once more. */
    private Future<Void> deliver(CheckOutcomes batch, long pauseMillis) {
        return handOver.apply(batch).<Void>mapEmpty().recover(failure -> {
            LOG.atWarn()
                    .addKeyValue("outcomes", batch.outcomes().size())
                    .addKeyValue("retry_ms", pauseMillis)
                    .addKeyValue("error", String.valueOf(failure.getMessage()))
                    .log("outcomes were not taken");
            if (closing) {
                return Future.failedFuture(failure);
            }
            return pause.apply(pauseMillis)
                    .compose(waited -> closing
                            ? Future.failedFuture(failure)
                            : deliver(batch, Math.min(LONGEST_PAUSE_MILLIS, pauseMillis * 2)));
        });
    }

    private void acknowledged(int count) {
        held -= count;
        if (!closing) {
            credit.accept(new CheckCredit(epoch, count));
        }
    }

    /** Starts nothing any more. What waits ends without a verdict. */
    void close() {
        closing = true;
        while (!waiting.isEmpty()) {
            outcomes.add(
                    Verdict.failed(FailureReason.LOCAL, Verified.NONE).outcome(waiting.remove(), millis.getAsLong()));
        }
    }

    /** Whether every check has ended and no batch is on its way. */
    boolean isQuiet() {
        return inFlight == 0 && handOvers == 0;
    }

    /** After {@link #close}: hands over all that is left, once. Fails when a batch is not taken. */
    Future<Void> handOverRest() {
        List<Future<Integer>> all = new ArrayList<>();
        while (!outcomes.isEmpty()) {
            CheckOutcomes batch = nextBatch();
            all.add(handOver.apply(batch)
                    .onSuccess(kept -> acknowledged(batch.outcomes().size())));
        }
        return Future.join(all).mapEmpty();
    }

    /** Checks under way. */
    int inFlight() {
        return inFlight;
    }

    /** Accepted and not acknowledged. */
    int held() {
        return held;
    }
}
