package dev.sluice.schedule;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.bus.Loop;
import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.Demand;
import dev.sluice.cadence.Lane;
import dev.sluice.cadence.LaneShares;
import dev.sluice.cadence.SteadyClock;
import dev.sluice.config.CheckConfig;
import dev.sluice.config.CheckMode;
import dev.sluice.config.ScheduleConfig;
import dev.sluice.config.SluiceConfig;
import dev.sluice.message.ScheduleTick;
import dev.sluice.port.Checking;
import dev.sluice.port.Reloadable;
import dev.sluice.port.Resources;
import dev.sluice.port.Timetable;
import dev.sluice.store.ProxyStore;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * On every tick of {@value #DUE} it hands what is due to the checker, as far as the checker has granted credit; once an
 * hour it archives what is dead and unused; and every second it looks which resource is short, has lanes give way in an
 * emergency, and fits the demand for checks to what can be checked. Deploy one instance, before the checker: credit
 * granted earlier is not heard.
 */
public final class ScheduleVerticle extends VerticleBase implements Resources, Reloadable {
    /** Name of the schedule that hands out due work. */
    public static final String DUE = "due";
    /** Name of the schedule that archives. */
    public static final String ARCHIVE = "archive";
    /** Name of the schedule that counts what waits. */
    public static final String BACKLOG = "backlog";
    /** Name of the schedule that looks what is short. */
    public static final String LOAD = "load";

    private static final Logger LOG = LoggerFactory.getLogger(ScheduleVerticle.class);
    private static final Duration ARCHIVE_EVERY = Duration.ofHours(1);
    private static final Duration FIRST_ARCHIVE_AFTER = Duration.ofMinutes(1);
    private static final Duration ARCHIVE_LONGEST = Duration.ofMinutes(10);
    private static final Duration BACKLOG_EVERY = Duration.ofSeconds(10);
    private static final Duration LOAD_EVERY = Duration.ofSeconds(1);
    private static final Duration RUN_LONGEST = Duration.ofSeconds(30);
    private static final int REST_PER_COUNT = 9;
    private static final int ARCHIVE_BATCH = 1_000;
    private static final Duration LEASE_MARGIN = Duration.ofSeconds(60);

    private static final List<String> LIVE = List.of(
            "schedule.enabled",
            "schedule.batch",
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
            "schedule.shares.interactive",
            "schedule.shares.due",
            "schedule.shares.bulk",
            "schedule.shares.maintenance",
            "store.archive-after");

    private final ScheduleConfig config;
    private final CheckConfig check;
    private volatile Duration archiveAfter;
    private final Duration firstArchiveAfter;
    private final ProxyStore store;
    private final Bus bus;
    private final Timetable timetable;
    private final Checking checking;
    private final Demand demand;
    private final SteadyClock clock;
    private final LongSupplier nanoClock;
    private final MeterRegistry meters;
    private final List<Timetable.Entry> entries = new ArrayList<>();
    private volatile boolean enabled;
    private volatile @Nullable DueWork dueWork;
    private volatile @Nullable Loop loop;
    private volatile Bottleneck bottleneck = Bottleneck.NONE;
    private Bus.@Nullable Registration credit;
    private Set<Lane> givingWay = EnumSet.noneOf(Lane.class);
    private boolean stopping;

    /**
     * @param archiveAfter how long dead and unused before an entry is archived
     * @param timetable where its schedules are entered
     * @param checking the checker, which may start later
     * @param demand observed here every second
     * @param clock wall clock, for what is due
     * @param nanoClock monotonic, nanoseconds
     */
    public ScheduleVerticle(
            ScheduleConfig config,
            CheckConfig check,
            Duration archiveAfter,
            ProxyStore store,
            Bus bus,
            Timetable timetable,
            Checking checking,
            Demand demand,
            SteadyClock clock,
            LongSupplier nanoClock,
            MeterRegistry meters) {
        this(
                config,
                check,
                archiveAfter,
                FIRST_ARCHIVE_AFTER,
                store,
                bus,
                timetable,
                checking,
                demand,
                clock,
                nanoClock,
                meters);
    }

    ScheduleVerticle(
            ScheduleConfig config,
            CheckConfig check,
            Duration archiveAfter,
            Duration firstArchiveAfter,
            ProxyStore store,
            Bus bus,
            Timetable timetable,
            Checking checking,
            Demand demand,
            SteadyClock clock,
            LongSupplier nanoClock,
            MeterRegistry meters) {
        this.config = config;
        this.check = check;
        this.archiveAfter = archiveAfter;
        this.firstArchiveAfter = firstArchiveAfter;
        this.store = store;
        this.bus = bus;
        this.timetable = timetable;
        this.checking = checking;
        this.demand = demand;
        this.clock = clock;
        this.nanoClock = nanoClock;
        this.meters = meters;
        this.enabled = config.enabled();
    }

    @Override
    public Future<?> start() {
        Loop here = new Loop(context);
        Lanes lanes = new Lanes(meters);
        Duration tick = config.tick();
        Duration longestRun = tick.compareTo(RUN_LONGEST) > 0 ? tick : RUN_LONGEST;
        DueWork work = new DueWork(
                here,
                store,
                bus,
                clock,
                nanoClock,
                config.batch(),
                lease(check).toMillis(),
                longestRun.toNanos(),
                config.policy(check.mode() == CheckMode.CONNECT),
                new LaneShares(Lanes.shares(config), Lanes.round(config)),
                lanes,
                enabled,
                meters);
        dueWork = work;
        loop = here;
        credit = bus.subscribe(Channels.CHECK_CREDIT, work::granted);
        enter(
                Timetable.Plan.every(tick, DUE, "hands what is due to the checker")
                        .taking(longestRun.multipliedBy(3))
                        .shownAs(() -> enabled),
                start -> work.run().map(Duration.ZERO));
        enter(
                Timetable.Plan.every(ARCHIVE_EVERY, ARCHIVE, "archives what is dead and unused")
                        .after(firstArchiveAfter)
                        .taking(ARCHIVE_LONGEST),
                start -> archive(here, clock.millis() - archiveAfter.toMillis(), 0)
                        .map(Duration.ZERO));
        enter(
                Timetable.Plan.every(BACKLOG_EVERY, BACKLOG, "counts what is due and waits")
                        .after(LOAD_EVERY),
                start -> count(here, lanes));
        enter(
                Timetable.Plan.every(LOAD_EVERY, LOAD, "looks which resource is short, and fits the demand to it")
                        .skipping(),
                start -> {
                    weigh(work, lanes);
                    return Future.succeededFuture(Duration.ZERO);
                });
        return Future.succeededFuture();
    }

    private void enter(Timetable.Plan plan, Function<Timetable.Start, Future<Duration>> begin) {
        boolean told = plan.name().equals(DUE) || plan.name().equals(ARCHIVE);
        entries.add(timetable.enter(plan, start -> {
            if (told) {
                bus.publish(
                        Channels.SCHEDULE_TICK,
                        new ScheduleTick(plan.name(), start.scheduledForMillis(), start.coalesced()));
            }
            return begin.apply(start);
        }));
    }

    /** Stops ticking, then completes when the batch under way is handed over or given back. */
    @Override
    public Future<?> stop() {
        stopping = true;
        List<Future<Void>> ends = new ArrayList<>();
        entries.forEach(entry -> ends.add(entry.leave()));
        DueWork work = dueWork;
        if (work != null) {
            ends.add(work.stop());
        }
        Bus.Registration registration = credit;
        if (registration != null) {
            ends.add(registration.stop());
        }
        return Future.join(ends);
    }

    /** Whether due proxies are checked. Thread-safe. */
    public boolean enabled() {
        return enabled;
    }

    /** Switches checking of due proxies on or off, from the next batch on. Ticks go on. Thread-safe. */
    public void enable(boolean on) {
        enabled = on;
        DueWork work = dueWork;
        if (work != null) {
            work.enable(on);
        }
    }

    @Override
    public List<String> liveKeys() {
        return LIVE;
    }

    @Override
    public Prepared prepare(SluiceConfig next) {
        CheckPolicy policy = next.schedule().policy(next.check().mode() == CheckMode.CONNECT);
        return () -> {
            archiveAfter = next.store().archiveAfter();
            demand.follow(policy);
            enable(next.schedule().enabled());
            Loop here = loop;
            DueWork work = dueWork;
            if (here != null && work != null) {
                long lease = lease(next.check()).toMillis();
                here.context().runOnContext(v -> work.follow(next.schedule(), policy, lease));
            }
        };
    }

    @Override
    public Bottleneck bottleneck() {
        return bottleneck;
    }

    /** How long the checker may keep a proxy at most: every attempt at its full length, and a margin. */
    public static Duration lease(CheckConfig check) {
        return check.totalTimeout().multipliedBy(check.retries() + 1L).plus(LEASE_MARGIN);
    }

    private void weigh(DueWork work, Lanes lanes) {
        Load load = new Load(
                checking.state(), work.credit(), lanes.backlog(), work.storeFails(), Heap.usedAfterCollection());
        bottleneck = load.bottleneck();
        Set<Lane> shed = load.shed();
        work.shed(shed);
        if (!shed.equals(givingWay)) {
            (shed.size() > givingWay.size() ? LOG.atWarn() : LOG.atInfo())
                    .addKeyValue("lanes", bottleneck.shed())
                    .addKeyValue("reason", bottleneck.text())
                    .log(shed.isEmpty() ? "every lane of due work is served again" : "lanes of due work give way");
            givingWay = shed;
        }
        if (!checking.state().suspended()) {
            demand.observe(load.capacityPerSecond(), lanes.backlog(), nanoClock.getAsLong());
        }
    }

    /** A tenth of the time at most is spent counting. A store that fails is told of by those who need it. */
    private Future<Duration> count(Loop here, Lanes lanes) {
        long begun = nanoClock.getAsLong();
        long now = clock.regularMillis();
        return here.answer(() -> store.backlog(now))
                .onSuccess(levels -> lanes.counted(levels, now))
                .onFailure(failure -> LOG.atDebug().setCause(failure).log("the backlog cannot be counted"))
                .transform(counted ->
                        Future.succeededFuture(Duration.ofNanos(REST_PER_COUNT * (nanoClock.getAsLong() - begun))));
    }

    private Future<Void> archive(Loop here, long deadSinceMillis, long before) {
        return here.answer(() -> store.archive(deadSinceMillis, ARCHIVE_BATCH))
                .compose(archived -> {
                    long sum = before + archived;
                    if (archived == ARCHIVE_BATCH && !stopping) {
                        return archive(here, deadSinceMillis, sum);
                    }
                    if (sum > 0) {
                        LOG.atInfo().addKeyValue("entries", sum).log("dead and unused entries are archived");
                    }
                    return Future.<Void>succeededFuture();
                })
                .recover(failure -> {
                    LOG.atWarn()
                            .addKeyValue("error", failure.getMessage())
                            .log("archiving failed; it goes on in an hour");
                    return Future.succeededFuture();
                });
    }
}
