package dev.sluice.schedule;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.bus.Loop;
import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.HealthRules;
import dev.sluice.message.CheckCredit;
import dev.sluice.message.CheckRequest;
import dev.sluice.message.DueProxy;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.TakenProxy;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what is due from the store and hands it to the checker, batch after batch, as far as credit goes. One batch is
 * on its way at a time. What the checker refuses, or does not get, goes back to the store. Confined to its event loop,
 * except {@link #enable}.
 */
final class DueWork {
    private static final Logger LOG = LoggerFactory.getLogger(DueWork.class);

    private final Loop loop;
    private final ProxyStore store;
    private final Bus bus;
    private final InstantSource clock;
    private final int batch;
    private final int resumeAt;
    private final long leaseMillis;
    private final CheckPolicy policy;
    private final Credit credit = new Credit();
    private final Counter takenCount;
    private final Counter returnedCount;
    private volatile boolean enabled;
    private volatile int creditShown;

    private @Nullable Promise<Void> run;
    private boolean workRemains;
    private boolean storeFails;
    private boolean stopping;

    DueWork(
            Loop loop,
            ProxyStore store,
            Bus bus,
            InstantSource clock,
            int batch,
            long leaseMillis,
            CheckPolicy policy,
            boolean enabled,
            MeterRegistry meters) {
        this.loop = loop;
        this.store = store;
        this.bus = bus;
        this.clock = clock;
        this.batch = batch;
        this.resumeAt = Math.max(1, batch / 4);
        this.leaseMillis = leaseMillis;
        this.policy = policy;
        this.enabled = enabled;
        this.takenCount = Counter.builder("sluice.schedule.due.taken")
                .description("Due proxies taken from the store")
                .register(meters);
        this.returnedCount = Counter.builder("sluice.schedule.due.returned")
                .description("Due proxies given back to the store unchecked")
                .register(meters);
        Gauge.builder("sluice.schedule.credit", () -> creditShown)
                .description("Checks the checker has room for")
                .register(meters);
    }

    /** Hands out what is due. Joins the run under way, if there is one. Ends without failure. */
    Future<Void> run() {
        if (run != null) {
            return run.future();
        }
        Promise<Void> ended = Promise.promise();
        run = ended;
        step();
        return ended.future();
    }

    /** The checker has room; goes on where a run stopped for want of it, once a quarter of a batch can be sent. */
    void granted(CheckCredit more) {
        credit.grant(more);
        creditShown = credit.available();
        if (workRemains && run == null && credit.available() >= resumeAt) {
            run();
        }
    }

    /** Switches handing out on or off, from the next batch on. Thread-safe. */
    void enable(boolean on) {
        enabled = on;
    }

    /** Ends after the batch under way; what was taken and not sent is given back before it completes. */
    Future<Void> stop() {
        stopping = true;
        return run == null ? Future.succeededFuture() : run.future();
    }

    private void step() {
        if (stopping || !enabled) {
            end(false);
            return;
        }
        int wanted = Math.min(batch, credit.available());
        if (wanted == 0) {
            end(true);
            return;
        }
        loop.answer(() -> store.takeDue(clock.millis(), wanted, leaseMillis)).onComplete(answer -> {
            if (answer.succeeded()) {
                storeAnswered(null);
                taken(answer.result(), wanted);
            } else {
                storeAnswered(answer.cause());
                end(false);
            }
        });
    }

    private void taken(List<TakenProxy> taken, int wanted) {
        if (taken.isEmpty()) {
            end(false);
            return;
        }
        takenCount.increment(taken.size());
        if (stopping) {
            giveBack(taken).onComplete(done -> end(false));
        } else {
            send(taken, taken.size() == wanted);
        }
    }

    private void send(List<TakenProxy> taken, boolean moreDue) {
        List<DueProxy> due = new ArrayList<>(taken.size());
        long now = clock.millis();
        for (TakenProxy proxy : taken) {
            due.add(new DueProxy(
                    proxy.id(),
                    proxy.key(),
                    proxy.health(),
                    HealthRules.kindFor(proxy.health(), policy, now),
                    proxy.override()));
        }
        // A new epoch may have come with less room while the batch was taken; the checker refuses what is too much.
        int used = Math.min(due.size(), credit.available());
        long epoch = credit.epoch();
        credit.use(used);
        creditShown = credit.available();
        loop.answer(() -> bus.request(Channels.CHECK_REQUEST, new CheckRequest(due)))
                .onComplete(answer -> {
                    if (answer.failed()) {
                        credit.restore(used, epoch);
                        creditShown = credit.available();
                        LOG.atWarn()
                                .addKeyValue("proxies", taken.size())
                                .setCause(answer.cause())
                                .log("the checker did not take a batch; it is given back");
                        giveBack(taken).onComplete(done -> end(false));
                        return;
                    }
                    int accepted =
                            Math.max(0, Math.min(taken.size(), answer.result().accepted()));
                    if (accepted < taken.size()) {
                        giveBack(taken.subList(accepted, taken.size())).onComplete(done -> end(true));
                    } else if (moreDue) {
                        step();
                    } else {
                        end(false);
                    }
                });
    }

    private Future<Void> giveBack(List<TakenProxy> proxies) {
        returnedCount.increment(proxies.size());
        List<Long> ids = proxies.stream().map(TakenProxy::id).toList();
        return loop.answer(() -> store.giveBack(ids))
                .onFailure(failure -> LOG.atWarn()
                        .addKeyValue("proxies", ids.size())
                        .addKeyValue("lease_ms", leaseMillis)
                        .setCause(failure)
                        .log("work could not be given back; it is due again when its lease ends"));
    }

    /** Says when the store begins to fail, and when it no longer does. */
    private void storeAnswered(@Nullable Throwable failure) {
        if (failure != null && !storeFails) {
            LOG.atWarn()
                    .addKeyValue("error", failure.getMessage())
                    .log("due work cannot be taken from the store; trying at every tick");
        } else if (failure == null && storeFails) {
            LOG.atInfo().log("due work can be taken from the store again");
        }
        storeFails = failure != null;
    }

    private void end(boolean remains) {
        workRemains = remains;
        Promise<Void> ended = run;
        run = null;
        if (ended != null) {
            ended.complete();
        }
    }
}
