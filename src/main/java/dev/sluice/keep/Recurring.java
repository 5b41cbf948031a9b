package dev.sluice.keep;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work that is done again and again, one turn at a time: the next begins a pause after the end of the last, so that a
 * slow database or disk is asked less often. Confined to its event loop.
 */
final class Recurring {
    private static final Logger LOG = LoggerFactory.getLogger(Recurring.class);

    private final Vertx vertx;
    private final long pauseMillis;
    private final Supplier<Future<Long>> turn;
    private Future<Long> running = Future.succeededFuture(0L);
    private @Nullable Long timer;
    private boolean stopped;

    /**
     * @param pauseMillis before the next turn when one failed
     * @param turn completes on the event loop, with the milliseconds until the next; deals with failures itself
     */
    Recurring(Vertx vertx, long pauseMillis, Supplier<Future<Long>> turn) {
        this.vertx = vertx;
        this.pauseMillis = pauseMillis;
        this.turn = turn;
    }

    /** Begins with the first turn, {@code delayMillis} from now; 0 for at once. */
    void start(long delayMillis) {
        if (delayMillis <= 0) {
            begin();
        } else {
            timer = vertx.setTimer(delayMillis, id -> begin());
        }
    }

    private void begin() {
        timer = null;
        running = Future.future(promise -> turn.get().onComplete(promise));
        running.onComplete(ended -> {
            if (ended.failed()) {
                LOG.atError().setCause(ended.cause()).log("a recurring turn failed unexpectedly; it is tried again");
            }
            if (!stopped) {
                start(Math.max(1, ended.succeeded() ? ended.result() : pauseMillis));
            }
        });
    }

    /** No further turn begins; completes when the one under way has ended. */
    Future<Void> stop() {
        stopped = true;
        if (timer != null) {
            vertx.cancelTimer(timer);
        }
        return running.transform(ended -> Future.succeededFuture());
    }
}
