package dev.sluice.store.postgres;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that a server does not answer any more: refused, gone without a word, or frozen. A slow statement is no
 * silence: when nothing was answered for a while, a greeting on a connection of its own is sent, and only where that stays
 * unanswered too the server counts as silent. While it does, one greeting at a time goes on, and nothing else need be
 * sent. Thread-safe.
 */
final class Silence {
    /**
     * How long is waited.
     *
     * @param patienceMillis something may stay unanswered before the server is greeted
     * @param greetingMillis a greeting may stay unanswered
     * @param lookMillis between two looks
     */
    record Waits(long patienceMillis, long greetingMillis, long lookMillis) {
        static final Waits USUAL = new Waits(3_000, 3_000, 1_000);
    }

    /** Greetings on their way at a time, of which all but one have been given up. */
    static final int MOST_GREETINGS = 8;

    private static final Logger LOG = LoggerFactory.getLogger(Silence.class);

    private final Vertx vertx;
    private final Waits waits;
    private final String name;
    private final Supplier<Future<?>> greet;
    private final LongSupplier nanoClock;
    private final long timer;
    private final AtomicInteger unanswered = new AtomicInteger();
    private final AtomicBoolean greeting = new AtomicBoolean();
    private final AtomicInteger greetings = new AtomicInteger();
    private volatile long answeredNanos;
    private volatile boolean doubted;
    private volatile boolean silent;

    /**
     * Begins to look.
     *
     * @param name of the server, for the log
     * @param greet asks the server for next to nothing; fails, or never ends, where it does not answer
     * @param nanoClock monotonic, nanoseconds
     */
    Silence(Vertx vertx, String name, Supplier<Future<?>> greet, LongSupplier nanoClock, Waits waits) {
        this.vertx = vertx;
        this.waits = waits;
        this.name = name;
        this.greet = greet;
        this.nanoClock = nanoClock;
        this.answeredNanos = nanoClock.getAsLong();
        this.timer = vertx.setPeriodic(waits.lookMillis(), id -> look());
    }

    /** Whether the server does not answer at present. */
    boolean lasts() {
        return silent;
    }

    /** Something was sent. */
    void asked() {
        if (unanswered.getAndIncrement() == 0) {
            answeredNanos = nanoClock.getAsLong();
        }
    }

    /**
     * Something that was sent is over.
     *
     * @param answered whether the server said something, if only that it refuses
     */
    void over(boolean answered) {
        unanswered.decrementAndGet();
        if (answered) {
            answeredNanos = nanoClock.getAsLong();
        } else {
            doubted = true;
            // The connection broke or was refused: whether that is more than one connection shows at once.
            look();
        }
    }

    /** Looks no more. */
    void stop() {
        vertx.cancelTimer(timer);
    }

    private void look() {
        boolean waiting = unanswered.get() > 0
                && nanoClock.getAsLong() - answeredNanos > TimeUnit.MILLISECONDS.toNanos(waits.patienceMillis());
        if ((silent || doubted || waiting) && greetings.get() < MOST_GREETINGS && greeting.compareAndSet(false, true)) {
            greet();
        }
    }

    private void greet() {
        greetings.incrementAndGet();
        AtomicBoolean late = new AtomicBoolean();
        long deadline = vertx.setTimer(waits.greetingMillis(), id -> {
            if (late.compareAndSet(false, true)) {
                greeting.set(false);
                heard(false, "a greeting was not answered");
            }
        });
        greet.get().onComplete(result -> {
            greetings.decrementAndGet();
            vertx.cancelTimer(deadline);
            if (late.compareAndSet(false, true)) {
                greeting.set(false);
                heard(
                        result.succeeded(),
                        result.succeeded() ? "" : String.valueOf(result.cause().getMessage()));
            } else if (result.succeeded()) {
                // It came late, but it came.
                heard(true, "");
            }
        });
    }

    private void heard(boolean answered, String why) {
        doubted = false;
        if (answered) {
            answeredNanos = nanoClock.getAsLong();
        }
        boolean before = silent;
        silent = !answered;
        if (before && answered) {
            LOG.atInfo().addKeyValue("database", name).log("the database answers again");
        } else if (!before && !answered) {
            LOG.atWarn()
                    .addKeyValue("database", name)
                    .addKeyValue("why", why)
                    .log(
                            "the database does not answer; what is served comes from memory, what is found out waits there");
        }
    }
}
