package dev.sluice.api;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.message.FeedbackReceived;
import dev.sluice.pool.FeedbackBook;
import dev.sluice.pool.Pool;
import dev.sluice.pool.Served;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** {@code POST /feedback}: what is accepted counts for the next pick, and goes on to {@code keep} as one batch. */
final class FeedbackEndpoint {
    private final Pool pool;
    private final FeedbackBook book;
    private final Bus bus;
    private final BodyReader bodies;
    private final LongSupplier nowMillis;

    FeedbackEndpoint(Pool pool, FeedbackBook book, Bus bus, BodyReader bodies, LongSupplier nowMillis) {
        this.pool = pool;
        this.book = book;
        this.bus = bus;
        this.bodies = bodies;
        this.nowMillis = nowMillis;
    }

    void post(Exchange exchange) {
        Query.parse(exchange.request().query(), List.of());
        bodies.read(exchange)
                .map(this::take)
                .onSuccess(answer -> exchange.json(200, answer))
                .onFailure(exchange::refuse);
    }

    private JsonObject take(Buffer body) {
        List<FeedbackReceived.Report> accepted = new ArrayList<>();
        int unknown = 0;
        long now = nowMillis.getAsLong();
        for (FeedbackForm form : FeedbackForm.parse(body)) {
            Served proxy = pool.find(form.proxy());
            if (proxy == null) {
                unknown++;
                continue;
            }
            FeedbackBook.Effect effect = book.record(form.source(), proxy.id(), form.success(), now);
            pool.reported(proxy.id(), effect.opinionDelta(), effect.countsAsUse());
            if (effect.evictedProxyId() != 0) {
                pool.reported(effect.evictedProxyId(), -effect.evictedOpinion(), false);
            }
            accepted.add(new FeedbackReceived.Report(
                    form.source(),
                    proxy.id(),
                    form.success(),
                    form.latencyMillis(),
                    form.reason(),
                    form.target(),
                    now,
                    effect.countsAsUse()));
        }
        if (!accepted.isEmpty()) {
            bus.publish(Channels.FEEDBACK_RECEIVED, new FeedbackReceived(accepted));
        }
        return new JsonObject().put("accepted", accepted.size()).put("unknown", unknown);
    }
}
