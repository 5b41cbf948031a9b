package dev.sluice.keep;

import dev.sluice.pool.PooledProxy;
import dev.sluice.store.StoreException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the best proxies that nobody used yet checked again before their first use, when what is known of them has grown
 * old. Each is asked for once in that age: one whose check brings no verdict does not come first again and again.
 * Confined to its event loop.
 */
final class WarmUp {
    /** What an entry with a check that cannot wait is given. */
    static final int PRIORITY = 10;

    /** Beyond it the oldest are forgotten, which were checked long ago unless the checker stands still. */
    private static final int MOST_REMEMBERED = 100_000;

    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

    private final LongSupplier afterMillis;
    private final IntSupplier limit;
    private final Candidates candidates;
    private final Expedite expedite;
    private final InstantSource clock;
    private final Counter warmed;
    /** When each was asked for, by id, oldest first. */
    private final Map<Long, Long> askedAtMillis = new LinkedHashMap<>();

    private boolean failing;

    /**
     * @param afterMillis age of a check from which on it is repeated, asked in each turn
     * @param limit most proxies that wait for their check, 0..1000, asked in each turn; 0: a turn does nothing
     */
    WarmUp(
            LongSupplier afterMillis,
            IntSupplier limit,
            Candidates candidates,
            Expedite expedite,
            InstantSource clock,
            MeterRegistry meters) {
        this.afterMillis = afterMillis;
        this.limit = limit;
        this.candidates = candidates;
        this.expedite = expedite;
        this.clock = clock;
        this.warmed = Counter.builder("sluice.pool.warmed")
                .description("Proxies that were made due for a check before their first use")
                .register(meters);
    }

    /** Looks once. A failure is logged when it is the first of an outage; then the turn succeeds all the same. */
    Future<Void> turn() {
        long now = clock.millis();
        long since = now - afterMillis.getAsLong();
        int most = limit.getAsInt();
        askedAtMillis.values().removeIf(at -> at <= since || at > now);
        if (most == 0) {
            return Future.succeededFuture();
        }
        return candidates
                .best(since, most)
                .compose(best -> ask(best, most, now))
                .onSuccess(asked -> failing = false)
                .recover(this::failed);
    }

    private Future<Void> ask(List<PooledProxy> best, int most, long now) {
        List<Long> ids = new ArrayList<>();
        for (PooledProxy proxy : best) {
            if (ids.size() < most && !askedAtMillis.containsKey(proxy.id())) {
                ids.add(proxy.id());
            }
        }
        if (ids.isEmpty()) {
            return Future.succeededFuture();
        }
        return expedite.apply(ids, PRIORITY, now)
                .onSuccess(due -> {
                    remember(ids, now);
                    warmed.increment(due);
                })
                .mapEmpty();
    }

    private void remember(List<Long> ids, long now) {
        ids.forEach(id -> askedAtMillis.put(id, now));
        Iterator<Long> oldest = askedAtMillis.keySet().iterator();
        for (int over = askedAtMillis.size() - MOST_REMEMBERED; over > 0; over--) {
            oldest.next();
            oldest.remove();
        }
    }

    private Future<Void> failed(Throwable failure) {
        if (!failing) {
            failing = true;
            boolean known = failure instanceof StoreException;
            (known ? LOG.atWarn() : LOG.atError())
                    .addKeyValue("error", failure.getMessage())
                    .setCause(known ? null : failure)
                    .log("proxies cannot be warmed up; it is tried again");
        }
        return Future.succeededFuture();
    }

    /** Where the best proxies that nobody used yet come from. */
    @FunctionalInterface
    interface Candidates {
        /** The best of those last checked before {@code checkedBeforeMillis}, at most {@code limit}; on the event loop. */
        Future<List<PooledProxy>> best(long checkedBeforeMillis, int limit);
    }

    /** {@code ProxyStore.expedite}, answering on the event loop. */
    @FunctionalInterface
    interface Expedite {
        Future<Integer> apply(List<Long> ids, int priority, long nowMillis);
    }
}
