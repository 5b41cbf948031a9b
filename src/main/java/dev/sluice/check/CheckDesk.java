package dev.sluice.check;

import dev.sluice.message.CheckCredit;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.CheckOutcomes;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Announces room and hands outcomes over. Memory is bounded by credit: what was accepted holds its credit until {@code keep}
 * has acknowledged its outcome. Confined to one event loop.
 */
final class CheckDesk {
    private static final Logger LOG = LoggerFactory.getLogger(CheckDesk.class);
    private static final int MAX_BATCH = 256;
    private static final int MAX_HAND_OVERS = 4;
    private static final long FIRST_PAUSE_MILLIS = 500;
    private static final long LONGEST_PAUSE_MILLIS = 10_000;

    private final IntSupplier capacity;
    private final Function<CheckOutcomes, Future<Integer>> handOver;
    private final Consumer<CheckCredit> credit;
    private final LongFunction<Future<Void>> pause;
    private final LongSupplier millis;

    private final ArrayDeque<CheckOutcome> outcomes = new ArrayDeque<>();
    private long epoch;
    private boolean closing;
    private int granted;
    private int held;
    private int handOvers;

    /**
     * Nothing is granted until {@link #grantAnew}.
     *
     * @param capacity most checks that may be granted or accepted and not acknowledged, now
     * @param handOver fails when the batch was not taken
     * @param credit publishes
     * @param pause completes after so many milliseconds
     * @param millis the wall clock
     */
    CheckDesk(
            IntSupplier capacity,
            Function<CheckOutcomes, Future<Integer>> handOver,
            Consumer<CheckCredit> credit,
            LongFunction<Future<Void>> pause,
            LongSupplier millis) {
        this.capacity = capacity;
        this.handOver = handOver;
        this.credit = credit;
        this.pause = pause;
        this.millis = millis;
    }

    /** Grants everything under a new epoch; does nothing while work is held. */
    void grantAnew() {
        int room = capacity.getAsInt();
        if (held == 0 && !closing && room > 0) {
            epoch = Math.max(epoch + 1, millis.getAsLong());
            granted = room;
            credit.accept(new CheckCredit(epoch, room));
        }
    }

    /** Grants what capacity has grown by, and what was acknowledged. */
    void grantMore() {
        int more = capacity.getAsInt() - held - granted;
        if (more > 0 && epoch > 0 && !closing) {
            granted += more;
            credit.accept(new CheckCredit(epoch, more));
        }
    }

    /** How many of {@code offered} there is credit for. */
    int creditFor(int offered) {
        return closing ? 0 : Math.min(offered, granted);
    }

    /** Checks have been accepted against credit. */
    void accepted(int count) {
        granted -= count;
        held += count;
    }

    /** Takes outcomes for handing over. */
    void ended(List<CheckOutcome> batch) {
        outcomes.addAll(batch);
        flush();
    }

    private void flush() {
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
                flush();
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
        grantMore();
    }

    /** Grants nothing any more; from now on only {@link #handOverRest} hands over. */
    void close() {
        closing = true;
    }

    /** Whether no batch is on its way. */
    boolean isQuiet() {
        return handOvers == 0;
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

    /** Accepted and not acknowledged. */
    int held() {
        return held;
    }
}
