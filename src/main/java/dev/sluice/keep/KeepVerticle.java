package dev.sluice.keep;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.bus.Loop;
import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.Demand;
import dev.sluice.cadence.HealthRules;
import dev.sluice.config.CheckMode;
import dev.sluice.config.FeaturesConfig;
import dev.sluice.config.RolledOut;
import dev.sluice.config.SluiceConfig;
import dev.sluice.config.StoreConfig;
import dev.sluice.keep.Ledger.Applied;
import dev.sluice.keep.PendingWrites.Pending;
import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.CheckOutcomes;
import dev.sluice.message.FeedbackReceived;
import dev.sluice.message.OutcomesKept;
import dev.sluice.message.ProxyChanged;
import dev.sluice.message.SourceFetched;
import dev.sluice.pool.PoolWriter;
import dev.sluice.port.Census;
import dev.sluice.port.Feature;
import dev.sluice.port.Locator;
import dev.sluice.port.Merge;
import dev.sluice.port.Overrides;
import dev.sluice.port.Placing;
import dev.sluice.port.Planning;
import dev.sluice.port.Reloadable;
import dev.sluice.port.SourceFigures;
import dev.sluice.port.Timetable;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import dev.sluice.store.ProxyStore;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
public final class KeepVerticle extends VerticleBase
        implements Census, SourceFigures, Overrides, Planning, Placing, Reloadable {
    private static final Logger LOG = LoggerFactory.getLogger(KeepVerticle.class);
    private static final Duration CENSUS_EVERY = Duration.ofSeconds(3);
    /** Of tens of millions of entries. */
    private static final Duration LONGEST_CENSUS = Duration.ofMinutes(30);

    private static final int LOAD_PAGE = 5_000;
    private static final long DRAIN_MILLIS = 10_000;
    private static final int MOST_HELD = 10_000;
    /** Of an entry an order is about, until what is read is as new as what is known. */
    private static final int READINGS = 3;

    private static final List<String> LIVE = List.of(
            "schedule.preset",
            "schedule.active",
            "schedule.active-shortest",
            "schedule.at-risk",
            "schedule.at-risk-shortest",
            "schedule.inactive",
            "schedule.inactive-shortest",
            "schedule.alive-factor",
            "schedule.dead-factor",
            "schedule.by-value",
            "schedule.confirm",
            "schedule.deep-every",
            "schedule.tampered-for",
            "schedule.clean-checks",
            "schedule.clean-over",
            "check.mode",
            "store.flush-interval",
            "store.max-pending-writes",
            "features.testimony.enabled",
            "features.testimony.percent");

    private final RolledOut features = new RolledOut();
    private volatile StoreConfig config;
    private volatile CheckPolicy policy;
    private final Demand demand;
    private final ProxyStore store;
    private final PoolWriter pool;
    private final Locator locator;
    private final Bus bus;
    private final Timetable timetable;
    private final RandomGenerator random;
    private final InstantSource clock;
    private final LongSupplier nanoClock;
    private final Consumer<CheckOutcome> watcher;
    private final MeterRegistry meters;
    private final Counter applied;
    private final Counter outdated;
    private final Counter feedbackIgnored;
    private final TierMoves moves;

    private final List<Bus.Registration> registrations = new ArrayList<>();
    private final Deque<Held> held = new ArrayDeque<>();
    private final PendingWrites writes = new PendingWrites();
    private final PendingPlaces places = new PendingPlaces();
    private volatile int pendingWrites;
    private volatile @Nullable Running running;
    private Timetable.@Nullable Entry counting;

    /** The parts that need the event loop. */
    private record Running(
            Loop loop,
            Ledger ledger,
            StoreWriter writer,
            PlaceWriter placeWriter,
            Lookups lookups,
            StoreCensus census,
            Testimony testimony) {}

    private record Held(Promise<OutcomesKept> answer, OutcomesKept kept) {}

    /**
     * @param demand by how much intervals are stretched; learns here what is planned
     * @param locator tells where addresses are
     * @param clock wall clock, for what administrators order
     * @param timetable where counting is entered
     * @param nanoClock monotonic, nanoseconds
     * @param random spreads next checks and retries
     * @param watcher told of every outcome that was a verdict and neither late nor double, on the event loop, after it
     *     reached the pool
     */
    public KeepVerticle(
            StoreConfig config,
            CheckPolicy policy,
            Demand demand,
            ProxyStore store,
            PoolWriter pool,
            Locator locator,
            Bus bus,
            Timetable timetable,
            RandomGenerator random,
            InstantSource clock,
            LongSupplier nanoClock,
            Consumer<CheckOutcome> watcher,
            MeterRegistry meters) {
        this.watcher = watcher;
        this.config = config;
        this.policy = policy;
        this.demand = demand;
        this.store = store;
        this.pool = pool;
        this.locator = locator;
        this.bus = bus;
        this.timetable = timetable;
        this.random = random;
        this.clock = clock;
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
        this.moves = new TierMoves(meters);
    }

    /** Which features are on, until a reload says otherwise; all of them unless told. To be called before the start. */
    public void features(FeaturesConfig config) {
        features.follow(config);
    }

    @Override
    public List<String> liveKeys() {
        return LIVE;
    }

    @Override
    public Prepared prepare(SluiceConfig next) {
        CheckPolicy planned = next.schedule().policy(next.check().mode() == CheckMode.CONNECT);
        return () -> {
            config = next.store();
            policy = planned;
            features.follow(next.features());
            Running parts = running;
            if (parts != null) {
                parts.loop().context().runOnContext(v -> {
                    parts.ledger().follow(planned);
                    parts.testimony().follow(planned);
                    parts.writer().follow(next.store());
                    release(next.store().maxPendingWrites());
                });
            }
        };
    }

    @Override
    public Future<?> start() {
        Loop loop = new Loop(context);
        Ledger ledger = new Ledger(policy, demand, random, pool, writes, new Whereabouts(locator), places);
        StoreWriter writer =
                new StoreWriter(vertx, loop, store, writes, config, random, nanoClock, meters, this::written);
        Lookups lookups = new Lookups(loop, store, this::learnt);
        StoreCensus census = new StoreCensus(
                loop,
                store,
                millis -> vertx.timer(millis, TimeUnit.MILLISECONDS).mapEmpty(),
                clock,
                nanoClock,
                demand);
        Testimony testimony = new Testimony(vertx, loop, store, policy, demand, clock, nanoClock, meters);
        PlaceWriter placeWriter = new PlaceWriter(vertx, loop, store, places, clock, meters);
        Running parts = new Running(loop, ledger, writer, placeWriter, lookups, census, testimony);
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

        Gauge.builder("sluice.demand.factor", demand::factor)
                .description("By how much intervals between checks are stretched to fit the capacity")
                .register(meters);
        Gauge.builder("sluice.demand.checks", demand::plannedPerSecond)
                .description("Checks a second that the plan asks for, before intervals are stretched")
                .register(meters);
        for (Tier tier : Tier.values()) {
            Gauge.builder("sluice.tier.proxies", () -> figures().byTier().getOrDefault(tier.text(), 0L))
                    .description("Stored proxies by tier")
                    .tag("tier", tier.text())
                    .register(meters);
        }

        long start = nanoClock.getAsLong();
        return load(parts, 0).onSuccess(v -> {
            LOG.atInfo()
                    .addKeyValue("proxies", ledger.loaded())
                    .addKeyValue("ms", TimeUnit.NANOSECONDS.toMillis(nanoClock.getAsLong() - start))
                    .log("the pool is loaded");
            serve(parts);
            placeWriter.added();
            counting = timetable.enter(
                    Timetable.Plan.every(CENSUS_EVERY, "census", "counts what is stored")
                            .taking(LONGEST_CENSUS),
                    tick -> census.count());
        });
    }

    /** Writes what is pending, for at most 10 s, then completes; what could not be written is logged as lost. */
    @Override
    public Future<?> stop() {
        Running parts = running;
        if (parts == null) {
            return Future.succeededFuture();
        }
        // A count under way changes nothing any more, and may take as long as the store likes.
        Timetable.Entry census = counting;
        if (census != null) {
            census.leave();
        }
        parts.census().stop();
        parts.lookups().stop();
        parts.testimony().stop();
        List<Future<Void>> stopped = new ArrayList<>();
        registrations.forEach(registration -> stopped.add(registration.stop()));
        return Future.join(stopped)
                .otherwiseEmpty()
                .compose(v -> parts.writer().drain(DRAIN_MILLIS))
                .onComplete(v -> parts.placeWriter().stop())
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
    public Counted counted() {
        Running parts = running;
        return parts == null ? Counted.NEVER : parts.census().sources();
    }

    @Override
    public int pendingWrites() {
        return pendingWrites;
    }

    @Override
    public boolean storeAnswers() {
        Running parts = running;
        return parts == null || (parts.writer().answers() && parts.census().answers() && store.answers());
    }

    /** Takes in what the store says about entries that others may have checked. Any thread; older news changes nothing. */
    public void learnt(List<StoredProxy> page) {
        Running parts = running;
        if (parts != null) {
            parts.loop().context().runOnContext(v -> {
                for (StoredProxy stored : page) {
                    learnt(stored.id(), Optional.of(stored));
                }
            });
        }
    }

    private void learnt(long id, Optional<StoredProxy> answer) {
        Running parts = running;
        if (parts == null) {
            return;
        }
        parts.ledger().learnt(id, answer, clock.millis());
        parts.placeWriter().added();
        answer.filter(stored -> stored.id() == id && overlooked(stored)).ifPresent(stored -> obey(parts, stored));
    }

    /** Whether an order was given, or has ended, that the state does not follow: a check under way came between. */
    private boolean overlooked(StoredProxy stored) {
        return !HealthRules.obeys(stored.health(), stored.override(), clock.millis())
                && writes.latest(stored.id()) == null;
    }

    @Override
    public Future<Optional<StoredProxy>> override(long id, @Nullable ManualOverride override) {
        Running parts = running;
        if (parts == null) {
            return Future.failedFuture(new IllegalStateException("keep: not started (expected: started)"));
        }
        return parts.loop()
                .run(() -> parts.loop()
                        .answer(() -> store.override(id, override))
                        .compose(
                                known -> known ? obey(parts, id, READINGS) : Future.succeededFuture(Optional.empty())));
    }

    @Override
    public Future<Planned> replan(List<StoredProxy> entries) {
        Running parts = running;
        if (parts == null) {
            return Future.failedFuture(new IllegalStateException("keep: not started (expected: started)"));
        }
        return parts.loop().run(() -> {
            int planned = 0;
            for (StoredProxy entry : entries) {
                if (entry.archived() || entry.health().lastCheckedAtMillis() == 0) {
                    continue;
                }
                Ledger.Ordered result = parts.ledger().replan(entry, clock.millis());
                if (result != null) {
                    planned++;
                    if (result.changed() != null) {
                        tell(result.changed());
                    }
                }
            }
            pendingWrites = writes.size();
            parts.writer().added();
            return Future.succeededFuture(new Planned(planned, writes.size()));
        });
    }

    @Override
    public Future<Void> place(List<StoredProxy> entries) {
        Running parts = running;
        if (parts == null) {
            return Future.failedFuture(new IllegalStateException("keep: not started (expected: started)"));
        }
        return parts.loop().run(() -> {
            long now = clock.millis();
            entries.forEach(entry -> parts.ledger().relocated(entry, now));
            return Future.succeededFuture();
        });
    }

    /** Reads what the store holds since, and obeys; a check that ends meanwhile is waited for by reading once more. */
    private Future<Optional<StoredProxy>> obey(Running parts, long id, int readings) {
        return parts.loop().answer(() -> store.get(List.of(id))).compose(found -> {
            if (found.isEmpty()) {
                return Future.succeededFuture(Optional.empty());
            }
            StoredProxy now = obey(parts, found.get(0));
            if (now != null) {
                return Future.succeededFuture(Optional.of(now));
            }
            return readings > 1 ? obey(parts, id, readings - 1) : Future.succeededFuture(Optional.of(found.get(0)));
        });
    }

    private @Nullable StoredProxy obey(Running parts, StoredProxy stored) {
        Ledger.Ordered result = parts.ledger().order(stored, clock.millis());
        if (result == null) {
            return null;
        }
        if (result.changed() != null) {
            tell(result.changed());
        }
        pendingWrites = writes.size();
        parts.writer().added();
        return result.stored();
    }

    private void tell(ProxyChanged changed) {
        moves.saw(changed);
        bus.publish(Channels.PROXY_CHANGED, changed);
    }

    private Future<Void> load(Running parts, long afterId) {
        return parts.loop().answer(() -> store.alive(afterId, LOAD_PAGE)).compose(page -> {
            for (StoredProxy stored : page) {
                parts.ledger().load(stored, clock.millis());
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
            tell(result.changed());
        }
        if (result.verdict()) {
            watcher.accept(outcome);
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
            if (writes.latest(id) == null) {
                places.written(id);
            }
            // Where the store left something out, memory may be behind it: the store tells which.
            if (incomplete || parts.ledger().wantsDetails(id)) {
                parts.lookups().ask(id, pending.served());
            }
        }
        parts.placeWriter().added();
    }

    private void release(int limit) {
        while (writes.size() <= limit && !held.isEmpty()) {
            Held oldest = held.remove();
            oldest.answer().tryComplete(oldest.kept());
        }
    }

    private void used(Running parts, FeedbackReceived feedback) {
        for (FeedbackReceived.Report report : feedback.reports()) {
            if (parts.ledger().used(report)) {
                if (features.isOn(Feature.TESTIMONY, report.proxyId())) {
                    parts.testimony().heard(report);
                }
            } else {
                feedbackIgnored.increment();
            }
        }
    }
}
