package dev.sluice.schedule;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.bus.Loop;
import dev.sluice.cadence.Metronome;
import dev.sluice.config.CheckConfig;
import dev.sluice.config.CheckMode;
import dev.sluice.config.ScheduleConfig;
import dev.sluice.message.ScheduleTick;
import dev.sluice.store.ProxyStore;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metronome: on every tick it hands what is due to the checker, as far as the checker has granted credit, and once an
 * hour it archives what is dead and unused. Deploy one instance, before the checker: credit granted earlier is not heard.
 */
public final class ScheduleVerticle extends VerticleBase {
    /** Name of the schedule that hands out due work. */
    public static final String DUE = "due";
    /** Name of the schedule that archives. */
    public static final String ARCHIVE = "archive";

    private static final Logger LOG = LoggerFactory.getLogger(ScheduleVerticle.class);
    private static final Duration ARCHIVE_EVERY = Duration.ofHours(1);
    private static final Duration FIRST_ARCHIVE_AFTER = Duration.ofMinutes(1);
    private static final int ARCHIVE_BATCH = 1_000;
    private static final Duration LEASE_MARGIN = Duration.ofSeconds(60);

    private final ScheduleConfig config;
    private final CheckConfig check;
    private final Duration archiveAfter;
    private final Duration firstArchiveAfter;
    private final ProxyStore store;
    private final Bus bus;
    private final InstantSource clock;
    private final LongSupplier nanoClock;
    private final MeterRegistry meters;
    private final List<Ticker> tickers = new ArrayList<>();
    private volatile boolean enabled;
    private volatile @Nullable DueWork dueWork;
    private Bus.@Nullable Registration credit;
    private Future<Void> archiving = Future.succeededFuture();
    private boolean stopping;

    /**
     * @param archiveAfter how long dead and unused before an entry is archived
     * @param clock wall clock, for what is due
     * @param nanoClock monotonic, nanoseconds, for the ticks
     */
    public ScheduleVerticle(
            ScheduleConfig config,
            CheckConfig check,
            Duration archiveAfter,
            ProxyStore store,
            Bus bus,
            InstantSource clock,
            LongSupplier nanoClock,
            MeterRegistry meters) {
        this(config, check, archiveAfter, FIRST_ARCHIVE_AFTER, store, bus, clock, nanoClock, meters);
    }

    ScheduleVerticle(
            ScheduleConfig config,
            CheckConfig check,
            Duration archiveAfter,
            Duration firstArchiveAfter,
            ProxyStore store,
            Bus bus,
            InstantSource clock,
            LongSupplier nanoClock,
            MeterRegistry meters) {
        this.config = config;
        this.check = check;
        this.archiveAfter = archiveAfter;
        this.firstArchiveAfter = firstArchiveAfter;
        this.store = store;
        this.bus = bus;
        this.clock = clock;
        this.nanoClock = nanoClock;
        this.meters = meters;
        this.enabled = config.enabled();
    }

    @Override
    public Future<?> start() {
        Loop here = new Loop(context);
        DueWork work = new DueWork(
                here,
                store,
                bus,
                clock,
                config.batch(),
                lease(check).toMillis(),
                config.policy(check.mode() == CheckMode.CONNECT),
                enabled,
                meters);
        dueWork = work;
        credit = bus.subscribe(Channels.CHECK_CREDIT, work::granted);
        long now = nanoClock.getAsLong();
        tickers.add(new Ticker(vertx, DUE, new Metronome(now, config.tick().toNanos()), nanoClock, meters, run -> {
            publish(DUE, run);
            return work.run();
        }));
        tickers.add(new Ticker(
                vertx,
                ARCHIVE,
                new Metronome(now + firstArchiveAfter.toNanos(), ARCHIVE_EVERY.toNanos()),
                nanoClock,
                meters,
                run -> {
                    publish(ARCHIVE, run);
                    archiving = archive(here, clock.millis() - archiveAfter.toMillis(), 0);
                    return archiving;
                }));
        tickers.forEach(Ticker::start);
        return Future.succeededFuture();
    }

    /** Stops ticking, then completes when the batch under way is handed over or given back. */
    @Override
    public Future<?> stop() {
        stopping = true;
        tickers.forEach(Ticker::stop);
        DueWork work = dueWork;
        Bus.Registration registration = credit;
        return Future.join(
                work == null ? Future.succeededFuture() : work.stop(),
                registration == null ? Future.succeededFuture() : registration.stop(),
                archiving);
    }

    /** Switches checking of due proxies on or off, from the next batch on. Ticks go on. Thread-safe. */
    public void enable(boolean on) {
        enabled = on;
        DueWork work = dueWork;
        if (work != null) {
            work.enable(on);
        }
    }

    /** How long the checker may keep a proxy at most: every attempt at its full length, and a margin. */
    static Duration lease(CheckConfig check) {
        return check.totalTimeout().multipliedBy(check.retries() + 1L).plus(LEASE_MARGIN);
    }

    private void publish(String schedule, Metronome.Run run) {
        long ageMillis = TimeUnit.NANOSECONDS.toMillis(nanoClock.getAsLong() - run.scheduledForNanos());
        bus.publish(Channels.SCHEDULE_TICK, new ScheduleTick(schedule, clock.millis() - ageMillis, run.coalesced()));
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
