package dev.sluice.keep;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.bus.Loop;
import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.Demand;
import dev.sluice.config.StoreConfig;
import dev.sluice.keep.Ledger.Applied;
import dev.sluice.keep.PendingWrites.Pending;
import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.CheckOutcomes;
import dev.sluice.message.FeedbackReceived;
import dev.sluice.message.OutcomesKept;
import dev.sluice.message.SourceFetched;
import dev.sluice.pool.PoolWriter;
import dev.sluice.port.Census;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.Merge;
import dev.sluice.store.ProxyStore;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owner of health state: outcomes and candidates come in, pool, store and events follow. Deploy one instance; its
 * {@code start()} completes when what is alive is in the pool. The only writer of the pool, on its own event loop.
 *
 * <p>Results reach the pool at once and the store in batches. While the store fails they wait in memory; when
 * {@code store.max-pending-writes} wait, the answers to outcomes are held back until there is room, so the checker stops
 * asking for work. A checker that sends on regardless is refused at twice that number.
 */
public final class KeepVerticle extends VerticleBase implements Census {
    private static final Logger LOG = LoggerFactory.getLogger(KeepVerticle.class);
    private static final int LOAD_PAGE = 5_000;
    private static final long DRAIN_MILLIS = 10_000;
    private static final int MOST_HELD = 10_000;

    private final StoreConfig config;
    private final CheckPolicy policy;
    private final Demand demand;
    private final ProxyStore store;
    private final PoolWriter pool;
    private final Bus bus;
    private final RandomGenerator random;
    private final LongSupplier nanoClock;
    private final MeterRegistry meters;
    private final Counter applied;
    private final Counter outdated;
    private final Counter feedbackIgnored;

    private final List<Bus.Registration> registrations = new ArrayList<>();
    private final Deque<Held> held = new ArrayDeque<>();
    private final PendingWrites writes = new PendingWrites();
    private volatile int pendingWrites;
    private volatile @Nullable Running running;

    /** The parts that need the event loop. */
    private record Running(Loop loop, Ledger ledger, StoreWriter writer, Lookups lookups, StoreCensus census) {}

    private record Held(Promise<OutcomesKept> answer, OutcomesKept kept) {}

    /**
     * @param demand by how much intervals are stretched; learns here what is planned
     * @param nanoClock monotonic, nanoseconds
     * @param random spreads next checks and retries
     */
    public KeepVerticle(
            StoreConfig config,
            CheckPolicy policy,
            Demand demand,
            ProxyStore store,
            PoolWriter pool,
            Bus bus,
            RandomGenerator random,
            LongSupplier nanoClock,
            MeterRegistry meters) {
        this.config = config;
        this.policy = policy;
        this.demand = demand;
        this.store = store;
        this.pool = pool;
        this.bus = bus;
        this.random = random;
        this.nanoClock = nanoClock;
        this.meters = meters;
        this.applied = Counter.builder("sluice.keep.outcomes.applied")
                .description("Outcomes that were a verdict and are in memory")
                .register(meters);
        this.outdated = Counter.builder("sluice.keep.outcomes.outdated")
                .description("Outcomes that came twice or too late")
                .register(meters);
        this.feedbackIgnored = Counter.builder("sluice.keep.feedback.ignored")
                .description("Reports about proxies that are not in the pool")
                .register(meters);
    }

    @Override
    public Future<?> start() {
        Loop loop = new Loop(context);
        Ledger ledger = new Ledger(policy, demand, random, pool, writes);
        StoreWriter writer =
                new StoreWriter(vertx, loop, store, writes, config, random, nanoClock, meters, this::written);
        Lookups lookups = new Lookups(loop, store, ledger);
        StoreCensus census = new StoreCensus(vertx, loop, store, nanoClock);
        Running parts = new Running(loop, ledger, writer, lookups, census);
        running = parts;
        Gauge.builder("sluice.keep.pending.writes", () -> pendingWrites)
                .description("Results in memory that the store has not taken yet")
                .register(meters);
        Gauge.builder("sluice.alive.proxies", () -> figures().alive())
                .description("Stored proxies that are alive by the last confirmed verdict")
                .register(meters);
        Gauge.builder(
                        "sluice.dead.proxies",
                        () -> figures().total() - figures().alive() - figures().neverChecked())
                .description("Stored proxies that are dead by the last confirmed verdict")
                .register(meters);

        long start = nanoClock.getAsLong();
        return load(parts, 0).onSuccess(v -> {
            LOG.atInfo()
                    .addKeyValue("proxies", ledger.loaded())
                    .addKeyValue("ms", TimeUnit.NANOSECONDS.toMillis(nanoClock.getAsLong() - start))
                    .log("the pool is loaded");
            serve(parts);
            census.count();
        });
    }

    /** Writes what is pending, for at most 10 s, then completes; what could not be written is logged as lost. */
    @Override
    public Future<?> stop() {
        Running parts = running;
        if (parts == null) {
            return Future.succeededFuture();
        }
        parts.census().stop();
        parts.lookups().stop();
        List<Future<Void>> stopped = new ArrayList<>();
        registrations.forEach(registration -> stopped.add(registration.stop()));
        return Future.join(stopped)
                .otherwiseEmpty()
                .compose(v -> parts.writer().drain(DRAIN_MILLIS))
                .onFailure(lost -> LOG.atError().log(lost.getMessage()))
                .otherwiseEmpty()
                .onComplete(v -> release(Integer.MAX_VALUE));
    }

    @Override
    public Figures figures() {
        Running parts = running;
        return parts == null ? Figures.NONE : parts.census().figures();
    }

    @Override
    public boolean storeAnswers() {
        Running parts = running;
        return parts == null || (parts.writer().answers() && parts.census().answers());
    }

    /** Takes in what the store says about entries that others may have checked. Any thread; older news changes nothing. */
    public void learnt(List<StoredProxy> page) {
        Running parts = running;
        if (parts != null) {
            parts.loop().context().runOnContext(v -> {
                for (StoredProxy stored : page) {
                    parts.ledger().learnt(stored.id(), Optional.of(stored));
                }
            });
        }
    }

    private Future<Void> load(Running parts, long afterId) {
        return parts.loop().answer(() -> store.alive(afterId, LOAD_PAGE)).compose(page -> {
            for (StoredProxy stored : page) {
                parts.ledger().load(stored);
            }
            return page.size() < LOAD_PAGE
                    ? Future.succeededFuture()
                    : load(parts, page.get(page.size() - 1).id());
        });
    }

    private void serve(Running parts) {
        registrations.add(bus.serve(Channels.CANDIDATES_FOUND, this::keep));
        registrations.add(bus.serve(Channels.CHECK_OUTCOME, outcomes -> apply(parts, outcomes)));
        registrations.add(bus.subscribe(Channels.SOURCE_FETCHED, this::fetched));
        registrations.add(bus.subscribe(Channels.FEEDBACK_RECEIVED, feedback -> used(parts, feedback)));
    }

    private Future<CandidatesKept> keep(CandidatesFound found) {
        return store.keep(found, Merge.UPDATE);
    }

    private void fetched(SourceFetched fetched) {
        if (fetched.result() != SourceFetched.Result.COMPLETE) {
            return;
        }
        store.endListing(fetched.source(), fetched.fetchedAtMillis())
                .onSuccess(ended -> LOG.atDebug()
                        .addKeyValue("source", fetched.source())
                        .addKeyValue("entries", ended)
                        .log("entries are no longer listed"))
                .onFailure(failure -> LOG.atWarn()
                        .addKeyValue("source", fetched.source())
                        .addKeyValue("error", failure.getMessage())
                        .log("entries that left the list are still marked as listed, until its next fetch"));
    }

    private Future<OutcomesKept> apply(Running parts, CheckOutcomes outcomes) {
        if (writes.size() >= 2L * config.maxPendingWrites()) {
            return Future.failedFuture(
                    new IllegalStateException("pending writes: " + writes.size() + " (expected: below "
                            + 2L * config.maxPendingWrites() + "): outcomes are refused until the store takes some"));
        }
        if (held.size() >= MOST_HELD) {
            return Future.failedFuture(new IllegalStateException(
                    "answers held back: " + held.size() + " (expected: below " + MOST_HELD + ")"));
        }
        int verdicts = 0;
        for (CheckOutcome outcome : outcomes.outcomes()) {
            if (apply(parts, outcome)) {
                verdicts++;
            }
        }
        applied.increment(verdicts);
        pendingWrites = writes.size();
        parts.writer().added();
        OutcomesKept kept = new OutcomesKept(verdicts);
        if (writes.size() <= config.maxPendingWrites()) {
            return Future.succeededFuture(kept);
        }
        Promise<OutcomesKept> answer = Promise.promise();
        held.add(new Held(answer, kept));
        return answer.future();
    }

    private boolean apply(Running parts, CheckOutcome outcome) {
        Applied result;
        try {
            result = parts.ledger().apply(outcome);
        } catch (RuntimeException e) {
            LOG.atError()
                    .addKeyValue("proxy", outcome.proxy().key().url())
                    .setCause(e)
                    .log("an outcome could not be applied");
            return false;
        }
        if (result == null) {
            outdated.increment();
            return false;
        }
        if (result.changed() != null) {
            bus.publish(Channels.PROXY_CHANGED, result.changed());
        }
        return result.verdict();
    }

    private void written(Collection<Pending> batch, boolean incomplete) {
        pendingWrites = writes.size();
        release(config.maxPendingWrites());
        Running parts = running;
        if (parts == null) {
            return;
        }
        for (Pending pending : batch) {
            long id = pending.change().id();
            // Where the store left something out, memory may be behind it: the store tells which.
            if (incomplete || parts.ledger().wantsDetails(id)) {
                parts.lookups().ask(id, pending.served());
            }
        }
    }

    private void release(int limit) {
        while (writes.size() <= limit && !held.isEmpty()) {
            Held oldest = held.remove();
            oldest.answer().tryComplete(oldest.kept());
        }
    }

    private void used(Running parts, FeedbackReceived feedback) {
        for (FeedbackReceived.Report report : feedback.reports()) {
            if (!parts.ledger().used(report)) {
                feedbackIgnored.increment();
            }
        }
    }
}
