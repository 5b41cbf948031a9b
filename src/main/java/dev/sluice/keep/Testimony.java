package dev.sluice.keep;

import dev.sluice.bus.Loop;
import dev.sluice.cadence.Allowance;
import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.Demand;
import dev.sluice.cadence.HealthRules;
import dev.sluice.cadence.Witnesses;
import dev.sluice.message.FeedbackReceived;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.Deferral;
import dev.sluice.store.ProxyStore;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets what clients report bear on when proxies are checked: those seen working wait longer, those two applications saw
 * fail are checked now. Checks out of doubt take at most {@value #DOUBT_SHARE} of the capacity. Works through a batch
 * a second; what does not fit is forgotten, and the proxies are checked as planned. Confined to its event loop.
 */
final class Testimony {
    /** Share of the capacity that may go into checks clients cause. */
    static final double DOUBT_SHARE = 0.05;
    /** What it is one twentieth of where nobody knows the capacity, checks a second. */
    private static final double CAPACITY_UNKNOWN = 20;

    private static final int MOST_REMEMBERED = 20_000;
    private static final int MOST_WAITING = 5_000;
    private static final long PAUSE_MILLIS = 1_000;
    private static final Logger LOG = LoggerFactory.getLogger(Testimony.class);

    private final Vertx vertx;
    private final Loop loop;
    private final ProxyStore store;
    private CheckPolicy policy;
    private final Demand demand;
    private final InstantSource clock;
    private final LongSupplier nanoClock;
    private final Witnesses witnesses = new Witnesses(MOST_REMEMBERED);
    private final Allowance doubts = new Allowance();
    private final Counter deferred;
    private final Counter doubted;
    private final Counter passedOver;
    /** By number of the proxy, oldest first. */
    private final Map<Long, Heard> waiting = new LinkedHashMap<>();

    private @Nullable Long timer;
    private boolean working;
    private boolean failing;
    private boolean stopped;

    private record Heard(boolean worked, long atMillis) {}

    Testimony(
            Vertx vertx,
            Loop loop,
            ProxyStore store,
            CheckPolicy policy,
            Demand demand,
            InstantSource clock,
            LongSupplier nanoClock,
            MeterRegistry meters) {
        this.vertx = vertx;
        this.loop = loop;
        this.store = store;
        this.policy = policy;
        this.demand = demand;
        this.clock = clock;
        this.nanoClock = nanoClock;
        this.deferred = Counter.builder("sluice.keep.feedback.deferred")
                .description("Checks put off because clients saw the proxy working")
                .register(meters);
        this.doubted = Counter.builder("sluice.keep.feedback.doubted")
                .description("Checks made due because two applications saw the proxy fail")
                .register(meters);
        this.passedOver = Counter.builder("sluice.keep.feedback.passed.over")
                .description("Doubts of clients that led to no check, for want of capacity or because one came since")
                .register(meters);
    }

    /** Plans by another policy from now on; on the event loop. */
    void follow(CheckPolicy changed) {
        policy = changed;
    }

    /** A report about a proxy that is served. */
    void heard(FeedbackReceived.Report report) {
        Witnesses.Verdict verdict =
                witnesses.observe(report.proxyId(), report.application(), report.success(), report.atMillis());
        if (verdict == Witnesses.Verdict.NOTHING || stopped) {
            return;
        }
        boolean worked = verdict == Witnesses.Verdict.SEEN_WORKING;
        if (waiting.size() < MOST_WAITING || waiting.containsKey(report.proxyId())) {
            waiting.put(report.proxyId(), new Heard(worked, report.atMillis()));
        }
        if (!working && timer == null) {
            pause();
        }
    }

    void stop() {
        stopped = true;
        waiting.clear();
        if (timer != null) {
            vertx.cancelTimer(timer);
        }
    }

    private void pause() {
        timer = vertx.setTimer(PAUSE_MILLIS, id -> {
            timer = null;
            work();
        });
    }

    private void work() {
        Map<Long, Heard> batch = new LinkedHashMap<>();
        Iterator<Map.Entry<Long, Heard>> oldest = waiting.entrySet().iterator();
        while (oldest.hasNext() && batch.size() < ProxyStore.MAX_IDS) {
            Map.Entry<Long, Heard> next = oldest.next();
            batch.put(next.getKey(), next.getValue());
            oldest.remove();
        }
        working = true;
        loop.answer(() -> store.get(List.copyOf(batch.keySet())))
                .compose(found -> weigh(found, batch))
                .onComplete(done -> {
                    working = false;
                    said(done.succeeded() ? null : done.cause());
                    if (!waiting.isEmpty() && !stopped) {
                        pause();
                    }
                });
    }

    private Future<?> weigh(List<StoredProxy> found, Map<Long, Heard> batch) {
        List<Deferral> later = new ArrayList<>();
        List<Long> now = new ArrayList<>();
        for (StoredProxy stored : found) {
            Heard heard = batch.get(stored.id());
            if (heard == null) {
                continue;
            }
            if (heard.worked()) {
                long at = HealthRules.seenWorking(stored.health(), policy, demand.factor(), heard.atMillis());
                if (at > stored.health().nextCheckAtMillis()) {
                    later.add(new Deferral(
                            stored.id(),
                            stored.health().version(),
                            stored.health().priority(),
                            at));
                }
            } else if (HealthRules.doubted(stored.health(), heard.atMillis()) && affordable()) {
                now.add(stored.id());
            } else {
                passedOver.increment();
            }
        }
        return Future.join(defer(later), expedite(now));
    }

    private boolean affordable() {
        double capacity = demand.capacityPerSecond();
        return doubts.take(DOUBT_SHARE * (capacity > 0 ? capacity : CAPACITY_UNKNOWN), nanoClock.getAsLong());
    }

    private Future<Void> defer(List<Deferral> later) {
        return later.isEmpty()
                ? Future.succeededFuture()
                : loop.answer(() -> store.defer(later, clock.millis()))
                        .onSuccess(deferred::increment)
                        .mapEmpty();
    }

    private Future<Void> expedite(List<Long> now) {
        return now.isEmpty()
                ? Future.succeededFuture()
                : loop.answer(() -> store.expedite(now, WarmUp.PRIORITY, clock.millis()))
                        .onSuccess(doubted::increment)
                        .mapEmpty();
    }

    /** Says when the store begins to fail, and when it no longer does. */
    private void said(@Nullable Throwable failure) {
        if (failure != null && !failing) {
            LOG.atWarn()
                    .addKeyValue("error", failure.getMessage())
                    .log("what clients report cannot be compared with the store; proxies are checked as planned");
        } else if (failure == null && failing) {
            LOG.atInfo().log("what clients report can be compared with the store again");
        }
        failing = failure != null;
    }
}
