package dev.sluice.keep;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.Demand;
import dev.sluice.cadence.HealthRules;
import dev.sluice.cadence.Lane;
import dev.sluice.cadence.LaneShares;
import dev.sluice.cadence.Metronome;
import dev.sluice.cadence.Preset;
import dev.sluice.cadence.SteadyClock;
import dev.sluice.cadence.TierTransition;
import dev.sluice.cadence.simulation.Generator;
import dev.sluice.cadence.simulation.Lifeline;
import dev.sluice.cadence.simulation.World;
import dev.sluice.keep.PendingWrites.Pending;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DueProxy;
import dev.sluice.pace.OutageGuard;
import dev.sluice.pool.FeedbackBook;
import dev.sluice.pool.Filter;
import dev.sluice.pool.Pool;
import dev.sluice.pool.PooledProxy;
import dev.sluice.port.JobState;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import dev.sluice.queue.MonthOfJobs;
import dev.sluice.queue.VirtualWorld;
import dev.sluice.store.HealthChange;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A month of a process that checks many proxies and does jobs, while its network, its database, its clock and the process
 * itself fail: on a virtual clock, by the rules and the records of the program, and the same for the same seed. What must
 * hold is looked at before and after every fault and every few hours.
 *
 * <p>Proxies live and die as {@link Generator} draws them. Only what carries things is played: the checker (who tells what a
 * check found, after a while, at times twice or after its lease), the store (rows that outlive the process) and the loops.
 */
public final class ThirtyDays {
    private static final long MINUTE = TimeUnit.MINUTES.toMillis(1);
    private static final long HOUR = TimeUnit.HOURS.toMillis(1);
    private static final long TICK = 20_000;
    private static final long LEASE = 3 * MINUTE;
    private static final long AUDIT_EVERY = 6 * HOUR;
    private static final long ARCHIVE_AFTER = TimeUnit.DAYS.toMillis(7);
    private static final int BATCH = 1_000;
    private static final int ANCHORS = 2;
    private static final double PER_SECOND = 3;
    private static final double FALSE_NEGATIVES = 0.05;
    /** After a fault what was held up has to be worked off. */
    private static final long SLACK = 3 * HOUR;
    /** After the month, undisturbed: the longest pause between attempts of a job, many times. */
    private static final long EPILOGUE = 12 * HOUR;

    private static final int REMEMBERED = 40;

    /** What goes wrong. */
    public enum Fault {
        /** Our own network: everything fails, the anchors too. */
        OUTAGE(6, MINUTE, 4 * HOUR),
        /** The process stands still. */
        STALL(12, 10_000, HOUR),
        /** The wall clock is put forward. */
        FORWARD(3, MINUTE, 12 * HOUR),
        /** The wall clock is put back. */
        BACK(3, MINUTE, 12 * HOUR),
        /** The process is killed, and started again. */
        CRASH(10, 1_000, 20 * MINUTE),
        /** A second process, which only does jobs, is killed, and started again. */
        CRASH_OF_ANOTHER(6, 1_000, 40 * MINUTE),
        /** The database is away. */
        STORE_AWAY(6, MINUTE, 3 * HOUR),
        /** The database does as it is asked, and its answers are lost. */
        ANSWERS_LOST(4, MINUTE, HOUR);

        private final int times;
        private final long shortest;
        private final long longest;

        Fault(int times, long shortest, long longest) {
            this.times = times;
            this.shortest = shortest;
            this.longest = longest;
        }
    }

    /**
     * What a month came to.
     *
     * @param faults injected, by kind
     * @param checks outcomes that were applied
     * @param late outcomes that changed nothing: too late, or the second time
     * @param unfit changes that the store left out because it had newer ones
     * @param repeated checks whose failure our own network may have caused
     * @param transitions moves between tiers
     * @param audits times everything was looked at
     * @param alive proxies in the pool at the end
     * @param jobs how jobs ended
     * @param effects of jobs, written once each
     * @param fenced effects that came too late and were kept out
     */
    public record Report(
            Map<Fault, Integer> faults,
            long checks,
            long late,
            long unfit,
            long repeated,
            long transitions,
            long audits,
            int alive,
            Map<JobState, Long> jobs,
            long effects,
            long fenced) {}

    private record Disturbance(Fault fault, long fromMillis, long toMillis) {}

    private final int days;
    private final Random random;
    private final CheckPolicy policy;
    private final VirtualWorld world = new VirtualWorld();
    private final VirtualWorld.Machine nature = world.machine();
    private final long beginMillis = world.nowMillis();
    private final List<Lifeline> lives;
    private final int[] flip;
    private final long[] seenMillis;
    private final int[] acknowledged;
    private final Shelf shelf = new Shelf();
    private final MonthOfJobs jobs;
    private final Deque<String> history = new ArrayDeque<>();
    private final List<Disturbance> disturbances = new ArrayList<>();
    private final Map<Fault, Integer> faults = new EnumMap<>(Fault.class);

    private VirtualWorld.@Nullable Machine another;
    private @Nullable Incarnation process;
    private long wallMovedMillis;
    private int outages;
    private int away;
    private int answersLost;
    private long checks;
    private long late;
    private long unfit;
    private long repeated;
    private long transitions;
    private long audits;

    private ThirtyDays(long seed, int proxies, int days) {
        this.days = days;
        this.random = new Random(seed);
        Preset preset = seed % 5 == 4 ? Preset.FRESH : seed % 2 == 0 ? Preset.BALANCED : Preset.FRUGAL;
        this.policy = policy(preset);
        this.lives = Generator.draw(proxies, days, seed).proxies().stream()
                .sorted(Comparator.comparingLong(Lifeline::foundAtMillis))
                .toList();
        this.flip = new int[proxies];
        this.seenMillis = new long[proxies + 1];
        this.acknowledged = new int[proxies + 1];
        this.jobs = new MonthOfJobs(world, seed, this::note);
    }

    /**
     * Plays a month.
     *
     * @param proxies that are found in the course of it, 1 or more
     * @param days simulated, 1 or more
     * @throws AssertionError when something does not hold that must: with the seed, what happened last and how to see it again
     */
    public static Report run(long seed, int proxies, int days) {
        ThirtyDays month = new ThirtyDays(seed, proxies, days);
        // What warns of faults would say little else for a month.
        Logger log = (Logger) LoggerFactory.getLogger("dev.sluice.queue");
        @Nullable Level before = log.getLevel();
        log.setLevel(Level.OFF);
        try {
            return month.run();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    "seed " + seed + ", day " + month.day() + ": " + e.getMessage() + "\nlast events:\n  "
                            + String.join("\n  ", month.history)
                            + "\nagain: mvn test -Dtest=ThirtyDaysTest -Dsluice.thirtydays.seed=" + seed
                            + " -Dsluice.thirtydays.proxies=" + proxies,
                    e);
        } finally {
            log.setLevel(before);
        }
    }

    private static CheckPolicy policy(Preset preset) {
        return new CheckPolicy(
                preset.active(),
                preset.atRisk(),
                preset.inactive(),
                preset.aliveFactor(),
                preset.deadFactor(),
                preset.byValue(),
                preset.leastDemand(),
                preset.confirm(),
                Duration.ofDays(7),
                Duration.ofDays(5),
                3,
                Duration.ofDays(2),
                false);
    }

    private Report run() {
        for (Fault fault : Fault.values()) {
            for (int i = 0; i < fault.times; i++) {
                long length = Math.round(
                        fault.shortest * Math.pow((double) fault.longest / fault.shortest, random.nextDouble()));
                nature.after(HOUR + random.nextLong(TimeUnit.DAYS.toMillis(days) - HOUR), () -> strike(fault, length));
            }
        }
        startAnother();
        start();
        every(10 * MINUTE, this::find);
        every(30 * MINUTE, jobs::want);
        long end = world.nowMillis() + TimeUnit.DAYS.toMillis(days);
        while (world.nowMillis() < end) {
            world.pass(AUDIT_EVERY);
            audit();
        }
        while (process == null || another == null || outages + away + answersLost > 0) {
            world.pass(MINUTE);
        }
        for (long passed = 0; passed < EPILOGUE; passed += 10 * MINUTE) {
            jobs.submit();
            world.pass(10 * MINUTE);
        }
        audit();
        shelf.emptied();
        jobs.finish();
        return new Report(
                faults,
                checks,
                late,
                unfit,
                repeated,
                transitions,
                audits,
                Objects.requireNonNull(process).pool.size(),
                jobs.ends(),
                jobs.effects(),
                jobs.fenced());
    }

    private void every(long millis, Runnable work) {
        nature.after(millis, () -> {
            if (world.nowMillis() - beginMillis < TimeUnit.DAYS.toMillis(days)) {
                work.run();
                every(millis, work);
            }
        });
    }

    private String day() {
        return String.format(Locale.ROOT, "%.4f", (world.nowMillis() - beginMillis) / (24.0 * HOUR));
    }

    private void note(String event) {
        if (history.size() == REMEMBERED) {
            history.remove();
        }
        history.add((world.nowMillis() - beginMillis) / 1_000 + " s: " + event);
    }

    // Faults

    private void strike(Fault fault, long lengthMillis) {
        audit();
        if (hits(fault, lengthMillis)) {
            note(fault + " of " + lengthMillis / 1_000 + " s");
            faults.merge(fault, 1, Integer::sum);
            disturbances.add(new Disturbance(fault, world.nowMillis(), world.nowMillis() + lengthMillis));
            audit();
        }
    }

    /** Whether it could happen now. */
    private boolean hits(Fault fault, long lengthMillis) {
        Incarnation running = process;
        switch (fault) {
            case OUTAGE -> {
                outages++;
                nature.after(lengthMillis, () -> outages--);
            }
            case STALL -> {
                if (running == null) {
                    return false;
                }
                running.machine.freeze();
                nature.after(lengthMillis, running.machine::thaw);
            }
            case FORWARD -> moveClock(lengthMillis);
            case BACK -> moveClock(-lengthMillis);
            case CRASH -> {
                if (running == null) {
                    return false;
                }
                shelf.emptied();
                running.machine.kill();
                process = null;
                jobs.gone("a");
                nature.after(lengthMillis, this::start);
            }
            case CRASH_OF_ANOTHER -> {
                if (another == null) {
                    return false;
                }
                another.kill();
                another = null;
                jobs.gone("b");
                nature.after(lengthMillis, this::startAnother);
            }
            case STORE_AWAY -> {
                jobs.away(++away > 0);
                nature.after(lengthMillis, () -> jobs.away(--away > 0));
            }
            case ANSWERS_LOST -> {
                jobs.losesAnswers(++answersLost > 0);
                nature.after(lengthMillis, () -> jobs.losesAnswers(--answersLost > 0));
            }
        }
        return true;
    }

    private void moveClock(long millis) {
        wallMovedMillis += millis;
        if (process != null) {
            process.machine.moveWallClock(millis);
        }
        if (another != null) {
            another.moveWallClock(millis);
        }
    }

    private VirtualWorld.Machine machine() {
        VirtualWorld.Machine machine = world.machine();
        machine.moveWallClock(wallMovedMillis);
        return machine;
    }

    private void startAnother() {
        VirtualWorld.Machine machine = machine();
        another = machine;
        jobs.start("b", machine);
    }

    private void start() {
        if (away > 0) {
            nature.after(MINUTE, this::start);
            return;
        }
        Incarnation begun = new Incarnation(machine());
        process = begun;
        begun.start();
        jobs.start("a", begun.machine);
        note("the process starts");
        audit();
    }

    /** Lists bring what they have found since the last time, unless there is nobody to take it. */
    private void find() {
        Incarnation running = process;
        if (running == null || away > 0) {
            return;
        }
        while (shelf.size() < lives.size() && lives.get(shelf.size()).foundAtMillis() <= truthMillis()) {
            int number = shelf.size() + 1;
            ProxyKey key = ProxyKey.of(
                    Scheme.HTTP, "127." + (number >> 16) + '.' + (number >> 8 & 255) + '.' + (number & 255), 3128);
            shelf.add(key, Health.fresh(running.clock.millis()));
            seenMillis[number] = world.nowMillis();
        }
    }

    private long truthMillis() {
        return World.START_MILLIS + world.nowMillis() - beginMillis;
    }

    private boolean works(long id) {
        int i = (int) id - 1;
        long[] flips = lives.get(i).flips();
        while (flip[i] < flips.length && flips[flip[i]] <= truthMillis()) {
            flip[i]++;
        }
        return flip[i] % 2 == 1 && random.nextDouble() >= FALSE_NEGATIVES;
    }

    // What must hold

    private void audit() {
        audits++;
        jobs.audit();
        Incarnation running = process;
        if (running == null) {
            return;
        }
        shelf.audit(running.clock.millis());
        running.audit();
        long now = world.nowMillis();
        for (int id = 1; id <= shelf.size(); id++) {
            int version = shelf.health(id).version();
            if (version < acknowledged[id]) {
                throw new AssertionError("entry " + id + ": version " + version
                        + " (expected: at least the acknowledged " + acknowledged[id] + ')');
            }
            if (!shelf.archived(id)) {
                Tier tier = running.latest(id).tier();
                long ceiling = CheckPolicy.ceiling(tier).toMillis() + SLACK;
                long unchecked = now - seenMillis[id];
                if (unchecked > ceiling && unchecked > ceiling + hindered(seenMillis[id], now)) {
                    throw new AssertionError("entry " + id + " of tier " + tier + ": unchecked for "
                            + Duration.ofMillis(unchecked) + " (expected: at most " + Duration.ofMillis(ceiling)
                            + " and " + Duration.ofMillis(hindered(seenMillis[id], now)) + " of faults); "
                            + shelf.health(id));
                }
            }
        }
    }

    /** For how long faults kept checks from being made, at most. */
    private long hindered(long fromMillis, long toMillis) {
        long sum = 0;
        for (Disturbance one : disturbances) {
            long length = one.toMillis - one.fromMillis;
            if (one.fault == Fault.FORWARD || one.fault == Fault.BACK) {
                // Put back, due time goes at half its pace until the wall clock has caught up.
                boolean bears = one.fault == Fault.BACK
                        && one.fromMillis <= toMillis
                        && one.fromMillis + 2 * length >= fromMillis;
                sum += bears ? length : 0;
            } else if (one.fault != Fault.CRASH_OF_ANOTHER) {
                sum += Math.max(0, Math.min(toMillis, one.toMillis) - Math.max(fromMillis, one.fromMillis));
            }
        }
        return sum;
    }

    /** The process from a start to a crash: all that is lost then. */
    private final class Incarnation {
        private final VirtualWorld.Machine machine;
        private final SteadyClock clock;
        private final Metronome metronome;
        private final long anchorNanos;
        private final Demand demand = new Demand(policy);
        private final LaneShares shares =
                new LaneShares(Map.of(Lane.INTERACTIVE, 20, Lane.DUE, 40, Lane.BULK, 30, Lane.MAINTENANCE, 10), 100);
        private final Pool pool;
        private final PendingWrites writes = new PendingWrites();
        private final Ledger ledger;
        private final OutageGuard guard;
        /** Failures of which it is not known yet whose they are. */
        private final List<Flight> undecided = new ArrayList<>();
        /** Checks a second of the state that a waiting change, and one in flight, was derived from. */
        private Map<Long, Double> waitingFrom = new HashMap<>();

        private Map<Long, Double> flyingFrom = new HashMap<>();
        /** What {@link Demand} cannot know of: what the store left out, and what was archived. */
        private double untold;

        private double credit;
        private boolean writing;
        private boolean storeFails;
        private long ticks;

        private record Flight(DueProxy proxy, long startNanos, long endNanos) {}

        Incarnation(VirtualWorld.Machine machine) {
            this.machine = machine;
            this.clock = new SteadyClock(
                    () -> Instant.ofEpochMilli(machine.nowMillis()),
                    machine::nanos,
                    Duration.ofMillis(LEASE),
                    Duration.ofMinutes(10));
            this.anchorNanos = machine.nanos() + Metronome.offsetNanos("due", nanos(TICK));
            this.metronome = new Metronome(anchorNanos, nanos(TICK));
            this.pool = new Pool(new FeedbackBook(1, 1), () -> false, Duration.ZERO, Runnable::run, machine::nowMillis);
            this.ledger = new Ledger(
                    policy, demand, random, pool, writes, new Whereabouts(new KnownPlaces()), new PendingPlaces());
            this.guard = new OutageGuard(ANCHORS, machine.nanos());
        }

        void start() {
            shelf.open();
            for (int id = 1; id <= shelf.size(); id++) {
                if (shelf.health(id).alive()) {
                    ledger.load(shelf.stored(id), machine.nowMillis());
                }
            }
            count();
            arm();
        }

        private void arm() {
            long delay = metronome.nextTickNanos() - machine.nanos();
            machine.after(Math.max(1, (delay + 999_999) / 1_000_000), this::tick);
        }

        private void tick() {
            long now = machine.nanos();
            Metronome.Run run = metronome.tick(now);
            arm();
            if (run == null) {
                return;
            }
            ticks++;
            for (int anchor = 0; anchor < ANCHORS; anchor++) {
                guard.anchor(anchor, outages == 0, now, now + 10_000_000);
            }
            if (guard.update(now + 10_000_000)) {
                note(guard.suspended() ? "judgement is suspended" : "judgement goes on");
            }
            decide();
            boolean emergency = guard.suspended() || storeFails;
            shares.shed(emergency ? EnumSet.of(Lane.BULK, Lane.MAINTENANCE) : EnumSet.noneOf(Lane.class));
            if (!guard.suspended()) {
                int backlog = ticks % 30 == 0 ? shelf.backlog(clock.regularMillis()) : 0;
                demand.observe(PER_SECOND, backlog, now);
                credit = Math.min(PER_SECOND * TICK / 1_000 * 2, credit + PER_SECOND * TICK / 1_000);
                take();
            }
            flush();
            if (ticks % (HOUR / TICK) == 0) {
                archive();
            }
            if (ticks % (HOUR / TICK) == HOUR / TICK / 2) {
                count();
            }
            if (metronome.ended(now) != null) {
                throw new AssertionError("metronome: a second run (expected: none, runs end at once)");
            }
        }

        // Checking

        private void take() {
            shares.refresh();
            Map<Long, List<DueProxy>> byLength = new HashMap<>();
            while (credit >= 1) {
                LaneShares.Ask ask = shares.next((int) credit);
                if (ask == null) {
                    break;
                }
                boolean urgent = ask.lane() == Lane.INTERACTIVE || ask.lane() == Lane.BULK;
                long due = urgent ? clock.urgentMillis() : clock.regularMillis();
                long[] ids = shelf.take(due, ask.lane(), ask.most(), LEASE + clock.millis() - due);
                storeFails = away > 0;
                if (storeFails) {
                    // What can't be read is given back.
                    Arrays.stream(ids).forEach(shelf::giveBack);
                    break;
                }
                shares.took(ask, ids.length);
                credit -= ids.length;
                for (long id : ids) {
                    Health health = shelf.health(id);
                    DueProxy proxy = new DueProxy(
                            id, shelf.key(id), health, HealthRules.kindFor(health, policy, clock.millis()));
                    byLength.computeIfAbsent(length(), none -> new ArrayList<>())
                            .add(proxy);
                }
            }
            byLength.forEach(this::begin);
        }

        /** Most checks take seconds; some take longer than their lease. */
        private long length() {
            int luck = random.nextInt(200);
            return luck == 0 ? LEASE + random.nextInt(600_000) : luck < 10 ? 60_000 : luck < 60 ? 15_000 : 2_000;
        }

        private void begin(long lengthMillis, List<DueProxy> proxies) {
            long started = machine.nanos();
            boolean down = outages > 0;
            machine.after(lengthMillis, () -> {
                for (DueProxy proxy : proxies) {
                    ended(new Flight(proxy, started, machine.nanos()), down || outages > 0);
                }
            });
        }

        private void ended(Flight flight, boolean down) {
            boolean works = works(flight.proxy.id()) && !down;
            int luck = random.nextInt(1_000);
            if (luck == 0) {
                outcome(flight.proxy, FailureReason.LOCAL);
            } else if (works) {
                outcome(flight.proxy, luck == 1 ? FailureReason.TAMPERED : FailureReason.NONE);
            } else {
                undecided.add(flight);
            }
        }

        private void decide() {
            List<Flight> open = List.copyOf(undecided);
            undecided.clear();
            List<DueProxy> again = new ArrayList<>();
            for (Flight flight : open) {
                switch (guard.fate(flight.startNanos, flight.endNanos)) {
                    case RELEASE -> outcome(flight.proxy, FailureReason.REFUSED);
                    case WAIT -> undecided.add(flight);
                    case REPEAT -> {
                        if (guard.suspended()) {
                            undecided.add(flight);
                        } else {
                            repeated++;
                            again.add(flight.proxy);
                        }
                    }
                }
            }
            if (!again.isEmpty()) {
                begin(2_000, again);
            }
        }

        private void outcome(DueProxy proxy, FailureReason reason) {
            CheckOutcome outcome = reason == FailureReason.NONE
                    ? Outcomes.good(proxy, clock.millis())
                    : Outcomes.bad(proxy, clock.millis(), reason);
            apply(outcome);
            if (random.nextInt(100) == 0) {
                apply(outcome);
            }
        }

        private void apply(CheckOutcome outcome) {
            long id = outcome.proxy().id();
            Pending earlier = writes.latest(id);
            Health before = earlier == null
                    ? outcome.proxy().health()
                    : earlier.change().after();
            double planned = demand.plannedPerSecond();
            if (ledger.apply(outcome) == null) {
                late++;
                return;
            }
            checks++;
            // It never falls below nothing, not even where a census has just left out what is on its way.
            untold += Math.max(0, Shelf.perSecond(before) - Shelf.perSecond(latest(id)) - planned);
            waitingFrom.putIfAbsent(id, Shelf.perSecond(before));
            if (outcome.reason().isVerdict()) {
                seenMillis[(int) id] = world.nowMillis();
            }
            TierTransition move = TierTransition.between(before, latest(id));
            if (move != null) {
                transitions++;
                if (!TierTransition.LEGAL.contains(move)) {
                    throw new AssertionError("entry " + id + ": " + move + " (expected: a legal move) after " + before);
                }
            }
        }

        // Storing

        private void flush() {
            List<HealthChange> batch = writing ? List.of() : writes.begin(BATCH);
            if (batch.isEmpty()) {
                return;
            }
            if (flyingFrom.isEmpty()) {
                for (HealthChange change : batch) {
                    flyingFrom.put(change.id(), Objects.requireNonNull(waitingFrom.remove(change.id())));
                }
            }
            writing = true;
            // A crash may come before the store has it, before it answers, or after.
            machine.after(1 + random.nextInt(1_500), () -> {
                if (away > 0) {
                    writing = false;
                    return;
                }
                int fitting = 0;
                for (HealthChange change : batch) {
                    double stored = shelf.perSecond(change.id());
                    if (shelf.write(change)) {
                        fitting++;
                        untold -= shelf.perSecond(change.id()) - stored;
                    }
                }
                int written = fitting;
                boolean lost = answersLost > 0 && random.nextBoolean();
                machine.after(1 + random.nextInt(1_500), () -> {
                    writing = false;
                    if (!lost) {
                        written(writes.written(), written);
                    }
                });
            });
        }

        private void written(Collection<Pending> batch, int fitting) {
            for (Pending pending : batch) {
                HealthChange change = pending.change();
                untold += Shelf.perSecond(change.after()) - Objects.requireNonNull(flyingFrom.get(change.id()));
                int id = (int) change.id();
                acknowledged[id] = Math.max(acknowledged[id], change.after().version());
            }
            flyingFrom = new HashMap<>();
            unfit += batch.size() - fitting;
            for (Pending pending : batch) {
                long id = pending.change().id();
                if (fitting < batch.size() || ledger.wantsDetails(id)) {
                    ledger.learnt(id, Optional.of(shelf.stored(id)), machine.nowMillis());
                }
            }
        }

        private void archive() {
            if (away > 0) {
                return;
            }
            for (long id : shelf.archive(clock.millis() - ARCHIVE_AFTER)) {
                untold += Shelf.perSecond(shelf.health(id));
            }
        }

        /** The census: what is stored replaces what was summed up. */
        private void count() {
            if (away > 0) {
                return;
            }
            demand.counted(stored());
            untold = -pending();
        }

        private double stored() {
            double sum = 0;
            for (int id = 1; id <= shelf.size(); id++) {
                sum += shelf.perSecond(id);
            }
            return sum;
        }

        /** By how much the changes on their way move what is planned. */
        private double pending() {
            double sum = 0;
            for (Map.Entry<Long, Double> each : flyingFrom.entrySet()) {
                Double next = waitingFrom.get(each.getKey());
                // What waits behind it was derived from its state.
                sum += next == null ? Shelf.perSecond(latest(each.getKey())) - each.getValue() : next - each.getValue();
            }
            for (Map.Entry<Long, Double> each : waitingFrom.entrySet()) {
                sum += Shelf.perSecond(latest(each.getKey())) - each.getValue();
            }
            return sum;
        }

        // What must hold

        /** A state as memory knows it: with what is on its way to the store. */
        Health latest(long id) {
            Pending pending = writes.latest(id);
            return pending == null ? shelf.health(id) : pending.change().after();
        }

        void audit() {
            int servable = 0;
            int full = 0;
            for (int id = 1; id <= shelf.size(); id++) {
                Health health = latest(id);
                boolean served = PooledProxy.servable(health);
                servable += served ? 1 : 0;
                full += served && health.verified() == Verified.FULL ? 1 : 0;
                int version = pool.version(id);
                if (served ? version != health.version() : version >= 0) {
                    throw new AssertionError("pool: entry " + id + " has version " + version + " (expected: "
                            + (served ? health.version() : -1) + ") of " + health);
                }
            }
            long[] ids = pool.ids();
            Arrays.sort(ids);
            equal("entries", pool.size(), servable);
            equal("numbers", Arrays.stream(ids).distinct().count(), servable);
            equal("served", pool.alive(), full);
            equal("view of all", pool.all(Filter.ALL, Integer.MAX_VALUE).size(), full);
            double planned = stored() + pending() + untold;
            if (Math.abs(demand.plannedPerSecond() - planned) > 1e-6) {
                throw new AssertionError(
                        "demand: " + demand.plannedPerSecond() + " checks a second (expected: " + planned + ')');
            }
            long passed = Math.floorDiv(metronome.nextTickNanos() - anchorNanos, nanos(TICK));
            equal(
                    "instants of the metronome",
                    metronome.runs()
                            + metronome.waiting()
                            + metronome.coalesced()
                            + metronome.skipped()
                            + metronome.missed(),
                    passed);
        }

        private void equal(String what, long found, long expected) {
            if (found != expected) {
                throw new AssertionError("pool, " + what + ": " + found + " (expected: " + expected + ')');
            }
        }
    }

    private static long nanos(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }
}
