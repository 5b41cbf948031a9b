package dev.sluice.api;

import dev.sluice.message.FeedbackReceived;
import dev.sluice.pool.FeedbackBook;
import dev.sluice.pool.Pool;
import dev.sluice.pool.Served;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.function.LongSupplier;

/** {@code POST /feedback}: what is accepted counts for the next pick, and goes on to {@code keep} in batches. */
final class FeedbackEndpoint {
    private final Pool pool;
    private final FeedbackBook book;
    private final FeedbackBatch batch;
    private final BodyReader bodies;
    private final LongSupplier nowMillis;

    FeedbackEndpoint(Pool pool, FeedbackBook book, FeedbackBatch batch, BodyReader bodies, LongSupplier nowMillis) {
        this.pool = pool;
        this.book = book;
        this.batch = batch;
        this.bodies = bodies;
        this.nowMillis = nowMillis;
    }

    void post(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        bodies.read(exchange).map(this::take).onSuccess(exchange::json).onFailure(exchange::refuse);
    }

    private Buffer take(Buffer body) {
        int accepted = 0;
        int unknown = 0;
        for (FeedbackForm form : FeedbackForm.parse(body)) {
            if (take(form)) {
                accepted++;
            } else {
                unknown++;
            }
        }
        return Buffer.buffer("{\"accepted\":" + accepted + ",\"unknown\":" + unknown + '}');
    }

    /** Takes one report; false when nothing is served under its name. */
    boolean take(FeedbackForm form) {
        Served proxy = pool.find(form.proxy());
        if (proxy == null) {
            return false;
        }
        long now = nowMillis.getAsLong();
        FeedbackBook.Effect effect = book.record(form.source(), proxy.id(), form.success(), now);
        pool.reported(proxy.id(), effect.opinionDelta(), effect.countsAsUse());
        if (effect.evictedProxyId() != 0) {
            pool.reported(effect.evictedProxyId(), -effect.evictedOpinion(), false);
        }
        batch.add(new FeedbackReceived.Report(
                form.source(),
                proxy.id(),
                form.success(),
                form.latencyMillis(),
                form.reason(),
                form.target(),
                now,
                effect.countsAsUse()));
        return true;
    }
}
