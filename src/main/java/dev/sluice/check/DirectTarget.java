package dev.sluice.check;

import dev.sluice.net.Exchange;
import dev.sluice.net.Request;
import dev.sluice.proxy.FailureReason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One target as it is without a proxy between. It is asked when somebody wants to know; calls share the question and, for
 * {@value #LASTS_SECONDS} seconds, its answer. Thread-safe; futures never fail and may complete on another's context.
 */
final class DirectTarget {
    private static final Logger LOG = LoggerFactory.getLogger(DirectTarget.class);
    private static final long LASTS_SECONDS = 30;
    private static final long LASTS_NANOS = TimeUnit.SECONDS.toNanos(LASTS_SECONDS);

    private final TargetCheck check;
    private final Function<Request, Future<Exchange>> direct;
    private final LongSupplier nanos;
    private final AtomicReference<@Nullable Question> last = new AtomicReference<>();

    /**
     * Not asked yet.
     *
     * @param direct asks without a proxy, never fails
     * @param nanos a clock for durations
     */
    DirectTarget(TargetCheck check, Function<Request, Future<Exchange>> direct, LongSupplier nanos) {
        this.check = check;
        this.direct = direct;
        this.nanos = nanos;
    }

    /** What is asked. */
    TargetCheck check() {
        return check;
    }

    /** Whether it failed lately when asked directly. */
    boolean isKnownToFail() {
        Question question = last.get();
        return question != null && isValid(question) && question.standing() == Standing.FAILS;
    }

    /** How it stands, asked now unless that was done lately. */
    Future<Standing> standing() {
        Question known = last.get();
        if (known != null && isValid(known)) {
            return known.answer.future();
        }
        Question question = new Question(nanos.getAsLong());
        if (!last.compareAndSet(known, question)) {
            return standing();
        }
        direct.apply(check.request()).onSuccess(exchange -> {
            Standing standing = standing(exchange);
            tell(known, standing, exchange);
            question.answer.complete(standing);
        });
        return question.answer.future();
    }

    /** A question under way is shared however long it takes; an answer that says nothing is not kept. */
    private boolean isValid(Question question) {
        Standing standing = question.standing();
        return standing == null
                || standing != Standing.UNASKED && nanos.getAsLong() - question.askedNanos < LASTS_NANOS;
    }

    private Standing standing(Exchange exchange) {
        FailureReason reason = Exchanges.reason(exchange);
        if (reason != FailureReason.NONE && !reason.isVerdict()) {
            return Standing.UNASKED;
        }
        return check.fault(exchange) == null ? Standing.PASSES : Standing.FAILS;
    }

    private void tell(@Nullable Question before, Standing now, Exchange exchange) {
        boolean failed = before != null && before.standing() == Standing.FAILS;
        if (now == Standing.FAILS && !failed) {
            LOG.atWarn()
                    .addKeyValue("target", check.name())
                    .addKeyValue("fault", String.valueOf(check.fault(exchange)))
                    .log("a target does not pass without a proxy either; it is left out");
        } else if (now == Standing.PASSES && failed) {
            LOG.atInfo().addKeyValue("target", check.name()).log("a target passes again");
        }
    }

    /** How a target stands without a proxy. */
    enum Standing {
        PASSES,
        FAILS,
        /** Our own side kept it from being asked. */
        UNASKED
    }

    private static final class Question {
        private final long askedNanos;
        private final Promise<Standing> answer = Promise.promise();

        Question(long askedNanos) {
            this.askedNanos = askedNanos;
        }

        /** Null while it is under way. */
        @Nullable
        Standing standing() {
            return answer.future().result();
        }
    }
}
