package dev.sluice.schedule;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.bus.Loop;
import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.HealthRules;
import dev.sluice.cadence.Lane;
import dev.sluice.cadence.LaneShares;
import dev.sluice.cadence.SteadyClock;
import dev.sluice.config.ScheduleConfig;
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
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what is due from the store, lane by lane as {@link LaneShares} has it, and hands it to the checker, batch after
 * batch, as far as credit goes. One batch is on its way at a time. What the checker refuses, or does not get, goes back to
 * the store. Confined to its event loop, except {@link #enable} and what it tells.
 */
final class DueWork {
    private static final Logger LOG = LoggerFactory.getLogger(DueWork.class);
    private static final long ANSWER_SECONDS = 30;

    private final Loop loop;
    private final ProxyStore store;
    private final Bus bus;
    private final SteadyClock clock;
    private final LongSupplier nanoClock;
    private int batch;
    private int resumeAt;
    private long leaseMillis;
    private final long longestRunNanos;
    private CheckPolicy policy;
    private final LaneShares shares;
    private final Lanes lanes;
    private final Credit credit = new Credit();
    private final Counter returnedCount;
    private volatile boolean enabled;
    private volatile int creditShown;
    private volatile boolean storeFails;

    private @Nullable Promise<Void> run;
    private long runBeganNanos;
    private boolean workRemains;
    private boolean stopping;

    /** @param longestRunNanos after so long a run ends, though work may remain: the next tick goes on with it */
    DueWork(
            Loop loop,
            ProxyStore store,
            Bus bus,
            SteadyClock clock,
            LongSupplier nanoClock,
            int batch,
            long leaseMillis,
            long longestRunNanos,
            CheckPolicy policy,
            LaneShares shares,
            Lanes lanes,
            boolean enabled,
            MeterRegistry meters) {
        this.loop = loop;
        this.store = store;
        this.bus = bus;
        this.clock = clock;
        this.nanoClock = nanoClock;
        this.batch = batch;
        this.resumeAt = Math.max(1, batch / 4);
        this.leaseMillis = leaseMillis;
        this.longestRunNanos = longestRunNanos;
        this.policy = policy;
        this.shares = shares;
        this.lanes = lanes;
        this.enabled = enabled;
        this.returnedCount = Counter.builder("sluice.schedule.due.returned")
                .description("Due proxies given back to the store unchecked")
                .register(meters);
        Gauge.builder("sluice.schedule.credit", () -> creditShown)
                .description("Checks the checker has room for")
                .register(meters);
    }

    /** Hands out what is due, from every lane. Joins the run under way, if there is one. Ends without failure. */
    Future<Void> run() {
        shares.refresh();
        return begin();
    }

    private Future<Void> begin() {
        if (run != null) {
            return run.future();
        }
        Promise<Void> ended = Promise.promise();
        run = ended;
        runBeganNanos = nanoClock.getAsLong();
        step();
        return ended.future();
    }

    /** The checker has room; goes on where a run stopped for want of it, once a quarter of a batch can be sent. */
    void granted(CheckCredit more) {
        credit.grant(more);
        creditShown = credit.available();
        if (workRemains && run == null && credit.available() >= resumeAt) {
            begin();
        }
    }

    /** Takes nothing from these lanes until it is called again. */
    void shed(Set<Lane> givingWay) {
        shares.shed(givingWay);
    }

    /** Hands out in another way from the next batch on; on its event loop. */
    void follow(ScheduleConfig changed, CheckPolicy by, long lease) {
        batch = changed.batch();
        resumeAt = Math.max(1, batch / 4);
        leaseMillis = lease;
        policy = by;
        shares.follow(Lanes.shares(changed), Lanes.round(changed));
    }

    /** Switches handing out on or off, from the next batch on. Thread-safe. */
    void enable(boolean on) {
        enabled = on;
    }

    /** Checks there is room for. Thread-safe. */
    int credit() {
        return creditShown;
    }

    /** Whether the store did not answer when it was asked last. Thread-safe. */
    boolean storeFails() {
        return storeFails;
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
        if (wanted == 0 || nanoClock.getAsLong() - runBeganNanos > longestRunNanos) {
            end(true);
            return;
        }
        // What somebody waits for is looked for each time, not only at every tick.
        shares.refresh(Lane.INTERACTIVE);
        gather(new EnumMap<>(Lane.class), wanted);
    }

    /** Asks one lane after the other until there is as much as is wanted, or no more. */
    private void gather(Map<Lane, List<TakenProxy>> gathered, int wanted) {
        LaneShares.Ask ask = stopping || wanted == 0 ? null : shares.next(wanted);
        if (ask == null) {
            gathered(gathered, true);
            return;
        }
        take(ask).onComplete(answer -> {
            if (answer.failed()) {
                storeAnswered(answer.cause());
                gathered(gathered, false);
                return;
            }
            storeAnswered(null);
            List<TakenProxy> taken = answer.result();
            shares.took(ask, taken.size());
            lanes.took(ask.lane(), taken.size());
            if (!taken.isEmpty()) {
                gathered.computeIfAbsent(ask.lane(), lane -> new ArrayList<>()).addAll(taken);
            }
            gather(gathered, wanted - taken.size());
        });
    }

    private Future<List<TakenProxy>> take(LaneShares.Ask ask) {
        Lane lane = ask.lane();
        boolean urgent = lane == Lane.INTERACTIVE || lane == Lane.BULK;
        long dueMillis = urgent ? clock.urgentMillis() : clock.regularMillis();
        long lease = leaseMillis + clock.millis() - dueMillis;
        return inTime(
                loop.answer(() -> store.takeDue(dueMillis, lane.lowest(), lane.highest(), ask.most(), lease)),
                this::giveBack);
    }

    /** Fails on the loop when {@code answer} does not come in time; what comes later goes to {@code late}. */
    private <T> Future<T> inTime(Future<T> answer, Consumer<T> late) {
        Future<T> bounded = answer.timeout(ANSWER_SECONDS, TimeUnit.SECONDS);
        answer.onSuccess(result -> {
            if (bounded.failed()) {
                late.accept(result);
            }
        });
        return loop.answer(() -> bounded);
    }

    /** @param goOn whether the store answered */
    private void gathered(Map<Lane, List<TakenProxy>> gathered, boolean goOn) {
        List<TakenProxy> taken = new ArrayList<>();
        gathered.values().forEach(taken::addAll);
        if (taken.isEmpty()) {
            end(false);
        } else if (stopping) {
            giveBack(taken).onComplete(done -> end(false));
        } else {
            send(taken, goOn);
        }
    }

    private void send(List<TakenProxy> taken, boolean goOn) {
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
                    } else if (goOn && shares.anyOpen()) {
                        step();
                    } else {
                        end(false);
                    }
                });
    }

    private Future<Void> giveBack(List<TakenProxy> proxies) {
        returnedCount.increment(proxies.size());
        List<Long> ids = proxies.stream().map(TakenProxy::id).toList();
        return inTime(loop.answer(() -> store.giveBack(ids)), done -> {})
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
        // Room may have come while the run was on its way to its end.
        if (remains && !stopping && enabled && run == null && credit.available() >= resumeAt) {
            begin();
        }
    }
}
