package dev.sluice.check;

import dev.sluice.config.CheckConfig;
import dev.sluice.judge.Nonce;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.CheckSuspended;
import dev.sluice.message.DueProxy;
import dev.sluice.net.Deadlines;
import dev.sluice.net.Lanes;
import dev.sluice.net.ProxyClient;
import dev.sluice.pace.AnchorReadings;
import dev.sluice.pace.ConnectTimeout;
import dev.sluice.pace.NetworkQuota;
import dev.sluice.pace.OutageGuard;
import dev.sluice.pace.Pace;
import dev.sluice.pace.PaceSettings;
import dev.sluice.pace.PaceState;
import dev.sluice.pace.Signals;
import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.Cidr;
import dev.sluice.parse.IpAddress;
import dev.sluice.port.Checking;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Verified;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks proxies: takes due ones in, starts them at the rate that the path bears, spreads them over the event loops, and
 * gives outcomes back in batches. Where our own network fails, failures are dropped and the checks repeated.
 *
 * <p>{@link #offer}, {@link #state}, {@link #capacity} and {@link #stop} may be called on any thread; everything else happens
 * on the context the engine was made on, and on one lane an event loop.
 *
 * <p>What is accepted ends with exactly one outcome. It waits in the {@link WaitingRoom}, is started by {@link #fill}, runs
 * on a {@link LaneWork}, comes back to {@link #back}, and, when it failed, is held until an anchor vouches for our own
 * network ({@link OutageGuard}).
 */
public final class CheckEngine implements Checking {
    private static final Logger LOG = LoggerFactory.getLogger(CheckEngine.class);
    private static final long FILL_MILLIS = 5;
    private static final long FLUSH_MILLIS = 50;
    private static final long PACE_MILLIS = 250;
    private static final long GUARD_MILLIS = 200;
    private static final long JUDGE_MILLIS = 3_000;
    private static final long ANCHOR_MILLIS = 1_000;
    private static final int ANCHOR_PROBES = 3;
    private static final Duration ANCHOR_TIMEOUT = Duration.ofMillis(1_500);
    private static final Duration JUDGE_TIMEOUT = Duration.ofSeconds(3);
    private static final int MOST_EXPECTED_A_SECOND = 100_000;
    private static final int LEAST_EXPECTED_A_SECOND = 1_000;
    private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int MAX_REPEATS = 100;
    private static final int MAX_LOCAL_REPEATS = 3;
    private static final int MAX_BATCH = 256;
    private static final long QUIET_MILLIS = 3_000;
    private static final long QUIET_STEP_MILLIS = 10;
    private static final long SENTINEL_MILLIS = TimeUnit.HOURS.toMillis(24);
    private static final double NANOS_A_MILLI = 1e6;

    private final Vertx vertx;
    private final Context context;
    private final CheckSetup setup;
    private final Supplier<String> nonces;
    private final Descriptors descriptors;
    private final Consumer<List<CheckOutcome>> ended;
    private final Consumer<CheckSuspended> suspended;
    private final CheckMeters meters;
    private final PathMeter path = new PathMeter();
    private final OwnLoad load = new OwnLoad();
    private final Random random = new Random();
    private final ProxyClient client;
    private final ProxyClient direct;
    private final ProxyClient probing;
    private final JudgeWatch watch;
    private final Pace pace;
    private final NetworkQuota quota;
    private final WaitingRoom waiting;
    private final List<LaneWork> lanes = new ArrayList<>();
    private final AtomicInteger held = new AtomicInteger();
    private final ArrayDeque<Ticket> doubted = new ArrayDeque<>();
    private final ArrayDeque<Ticket> resting = new ArrayDeque<>();
    private final List<Long> timers = new ArrayList<>();
    private List<CheckOutcome> outcomes = new ArrayList<>();
    private Anchors anchors;
    private int inFlight;
    private int nextLane;
    private long startsOfTick;
    private long repeated;
    private boolean started;
    private long startNanos;
    private volatile CheckConfig config;
    private volatile int limit;
    private volatile int capacity;
    private volatile Checks checks;
    private ConnectTimeout timeout;
    private volatile boolean closing;
    private volatile State state;

    /**
     * Made on the present context, not yet started.
     *
     * @param ended gets outcomes, on this context
     * @param suspended hears when judgement is suspended and resumed, on this context
     */
    public CheckEngine(
            Vertx vertx, CheckSetup setup, Consumer<List<CheckOutcome>> ended, Consumer<CheckSuspended> suspended) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.setup = setup;
        this.config = setup.config();
        this.ended = ended;
        this.suspended = suspended;
        this.meters = new CheckMeters(setup.registry(), this::state);
        int maxAnswer = (int) config.maxAnswer().bytes();
        AddressPolicy ours = setup.policy().withPrivate();
        this.client =
                new ProxyClient(vertx, setup.resolver(), setup.policy(), deadlines(config), maxAnswer, path, meters);
        this.direct = new ProxyClient(vertx, setup.resolver(), ours, deadlines(JUDGE_TIMEOUT), maxAnswer);
        this.probing = new ProxyClient(vertx, setup.resolver(), ours, deadlines(ANCHOR_TIMEOUT), maxAnswer);
        SecureRandom secure = new SecureRandom();
        this.nonces = () -> Nonce.fresh(secure);
        this.watch = new JudgeWatch(setup.judges().within(ours), direct, nonces, context);
        this.descriptors = Descriptors.ofThisProcess();
        this.limit = limit(config);
        this.capacity = capacity(config);
        this.pace = new Pace(pace(config), System.nanoTime());
        this.timeout = timeout(config);
        this.quota = new NetworkQuota(config.perAddress(), config.perNetwork());
        this.waiting = new WaitingRoom(quota);
        this.checks = checks(config);
        int laneCount = Runtime.getRuntime().availableProcessors();
        Lanes.of(vertx, laneCount).forEach(lane -> lanes.add(new LaneWork(lane, client, () -> checks, this::fromLane)));
        this.anchors = new Anchors(List.of(), List.of(), probing, false, System::nanoTime);
        this.state = picture();
    }

    private int limit(CheckConfig by) {
        return by.concurrency() > 0 ? by.concurrency() : descriptors.checksAtOnce();
    }

    private int capacity(CheckConfig by) {
        return limit(by) + Math.min(MOST_EXPECTED_A_SECOND, by.rate()) * 2;
    }

    private PaceSettings pace(CheckConfig by) {
        return new PaceSettings(by.adaptive(), by.rate(), limit(by), descriptors.limit());
    }

    private static ConnectTimeout timeout(CheckConfig by) {
        long longest = by.connectTimeout().toNanos();
        return new ConnectTimeout(Math.min(longest, by.connectTimeoutFloor().toNanos()), longest, System.nanoTime());
    }

    private static Deadlines deadlines(CheckConfig by) {
        return new Deadlines(by.connectTimeout(), by.tlsTimeout(), by.firstByteTimeout(), by.totalTimeout());
    }

    private Checks checks(CheckConfig by) {
        return new Checks(vertx, by, client, direct, watch::seats, watch::confirm, nonces);
    }

    /**
     * Makes ready to check in another way. Thread-safe.
     *
     * @return puts it into force, for checks that are started from then on; to be called on any thread, once at most
     * @throws IllegalArgumentException naming a target that can't be asked
     */
    Runnable prepare(CheckConfig changed) {
        Checks prepared = checks(changed);
        return () -> {
            checks = prepared;
            context.runOnContext(v -> follow(changed));
        };
    }

    private void follow(CheckConfig changed) {
        boolean otherConnects = !changed.connectTimeout().equals(config.connectTimeout())
                || !changed.connectTimeoutFloor().equals(config.connectTimeoutFloor());
        config = changed;
        limit = limit(changed);
        capacity = capacity(changed);
        pace.follow(pace(changed));
        quota.limit(changed.perAddress(), changed.perNetwork());
        client.deadlines(deadlines(changed));
        if (otherConnects) {
            timeout = timeout(changed);
        }
        client.connectTimeout(timeout.nanos());
        state = picture();
    }

    private static Deadlines deadlines(Duration each) {
        return new Deadlines(each, each, each, each.multipliedBy(2));
    }

    /** Completes when judges and anchors have been asked for the first time; checks are started from then on. Never fails. */
    public Future<Void> start() {
        Promise<Void> ready = Promise.promise();
        context.runOnContext(v -> neighbours()
                .compose(found -> {
                    anchors = new Anchors(config.anchors(), found, probing, config.outageGuard(), System::nanoTime);
                    return Future.join(watch.probe(), anchors.start());
                })
                .onComplete(asked -> {
                    begin();
                    ready.complete();
                }));
        return ready.future();
    }

    private Future<List<String>> neighbours() {
        if (!config.anchors().isEmpty()) {
            return Future.succeededFuture(List.of());
        }
        // Judges that the operator names are elsewhere; our own is in this process and says nothing about the network.
        Set<String> found = new LinkedHashSet<>();
        Stream.concat(config.judges().stream(), config.tlsJudges().stream())
                .map(url -> JudgeUrl.parse(url).address())
                .forEach(found::add);
        return vertx.executeBlocking(LocalNetwork::neighbours)
                .otherwise(List.of())
                .map(others -> {
                    found.addAll(others);
                    return found.stream().filter(this::mayBeAsked).toList();
                });
    }

    /** Where connections are confined, a name would have to be looked up outside first. */
    private boolean mayBeAsked(String address) {
        String host =
                address.substring(0, address.lastIndexOf(':')).replace("[", "").replace("]", "");
        byte[] literal = IpAddress.parse(host);
        List<Cidr> allowed = setup.policy().allowedNetworks();
        return allowed.isEmpty()
                || literal != null && setup.policy().withPrivate().mayDial(literal);
    }

    private void begin() {
        if (closing) {
            return;
        }
        started = true;
        startNanos = System.nanoTime();
        int often = Math.max(1, (ANCHOR_PROBES + Math.max(1, anchors.size()) - 1) / Math.max(1, anchors.size()));
        every(FILL_MILLIS, this::fill);
        every(FLUSH_MILLIS, this::flush);
        every(PACE_MILLIS, this::adapt);
        every(GUARD_MILLIS, this::guard);
        every(ANCHOR_MILLIS / often, () -> anchors.probe());
        every(JUDGE_MILLIS, () -> watch.probe());
        adapt();
    }

    private void every(long millis, Runnable task) {
        timers.add(vertx.setPeriodic(millis, id -> task.run()));
    }

    private Future<Void> pause(long millis) {
        Promise<Void> over = Promise.promise();
        vertx.setTimer(millis, id -> over.complete());
        return over.future();
    }

    /**
     * Takes from the front of {@code proxies} what there is room for.
     *
     * @return how many were taken; each of them ends with an outcome
     */
    public int offer(List<DueProxy> proxies) {
        int room;
        int taken;
        do {
            room = held.get();
            taken = closing ? 0 : Math.min(proxies.size(), capacity - room);
            if (taken <= 0) {
                return 0;
            }
        } while (!held.compareAndSet(room, room + taken));
        // Lists name neighbours one after the other; a shuffled batch does not visit one network at once.
        List<DueProxy> shuffled = new ArrayList<>(proxies.subList(0, taken));
        Collections.shuffle(shuffled, random);
        onContext(() -> {
            for (DueProxy due : shuffled) {
                waiting.add(new Ticket(due));
            }
            if (closing) {
                clear();
                flush();
            }
        });
        return taken;
    }

    private void onContext(Runnable task) {
        if (Vertx.currentContext() == context) {
            task.run();
        } else {
            context.runOnContext(v -> task.run());
        }
    }

    /** Most checks accepted and not ended. */
    public int capacity() {
        return capacity;
    }

    /** How many checks it makes sense to have accepted: what can be under way, and what two seconds bring at the present rate. */
    public int width() {
        double soon = Math.min(MOST_EXPECTED_A_SECOND, Math.max(state.ratePerSecond(), LEAST_EXPECTED_A_SECOND)) * 2;
        return (int) Math.min(capacity, limit + soon);
    }

    @Override
    public State state() {
        return state;
    }

    /** Starts what may be started now. */
    private void fill() {
        if (!started || closing || waiting.ready() == 0) {
            return;
        }
        int allowed = pace.take(waiting.ready(), inFlight, System.nanoTime());
        if (allowed == 0) {
            return;
        }
        List<List<Ticket>> batches = new ArrayList<>(lanes.size());
        for (int i = 0; i < lanes.size(); i++) {
            batches.add(new ArrayList<>(allowed / lanes.size() + 1));
        }
        for (int i = 0; i < allowed; i++) {
            Ticket ticket = waiting.next();
            if (ticket == null) {
                break;
            }
            inFlight++;
            startsOfTick++;
            batches.get(nextLane).add(ticket);
            nextLane = (nextLane + 1) % lanes.size();
        }
        for (int i = 0; i < lanes.size(); i++) {
            if (!batches.get(i).isEmpty()) {
                lanes.get(i).start(batches.get(i));
            }
        }
    }

    private void fromLane(List<Ticket> batch) {
        context.runOnContext(v -> back(batch));
    }

    private void back(List<Ticket> batch) {
        long millis = setup.clock().millis();
        for (Ticket ticket : batch) {
            inFlight--;
            waiting.leave(ticket);
            ticket.endedMillis = millis;
            weigh(ticket, verdict(ticket));
        }
        fill();
        if (outcomes.size() >= MAX_BATCH) {
            flush();
        }
    }

    private static Verdict verdict(Ticket ticket) {
        Verdict verdict = ticket.verdict;
        return verdict == null ? Verdict.failed(FailureReason.LOCAL, Verified.NONE) : verdict;
    }

    /** Lets a verdict pass, holds it back, or has the check repeated. */
    private void weigh(Ticket ticket, Verdict verdict) {
        if (closing) {
            emit(ticket, verdict);
            return;
        }
        if (verdict.reason() == FailureReason.LOCAL
                && path.lackedSince(ticket.startedNanos)
                && ticket.repeats < MAX_LOCAL_REPEATS) {
            repeat(ticket);
            return;
        }
        if (isSentinel(ticket) && verdict.reason().isVerdict()) {
            anchors.guard().sentinel(verdict.alive(), ticket.endedNanos);
        }
        switch (fate(ticket, verdict)) {
            case RELEASE -> emit(ticket, verdict);
            case WAIT -> doubted.add(ticket);
            case REPEAT -> repeat(ticket);
        }
    }

    private boolean isSentinel(Ticket ticket) {
        var health = ticket.due.health();
        return health.alive() && ticket.endedMillis - health.stateSinceMillis() >= SENTINEL_MILLIS;
    }

    private OutageGuard.Fate fate(Ticket ticket, Verdict verdict) {
        if (!config.outageGuard() || !verdict.reason().isVerdict()) {
            return OutageGuard.Fate.RELEASE;
        }
        if (verdict.alive()) {
            // It works; but what it could not show while our network failed must not be taken from it.
            boolean whole = !ticket.due.kind().thorough()
                    || anchors.guard().fate(ticket.startedNanos, ticket.endedNanos) != OutageGuard.Fate.REPEAT;
            return whole ? OutageGuard.Fate.RELEASE : OutageGuard.Fate.REPEAT;
        }
        return switch (verdict.reason()) {
            case REFUSED, CONNECT_TIMEOUT, UNREACHABLE, DNS, TIMEOUT, RESET, TARGET, TLS, TARGET_CHECK ->
                anchors.guard().fate(ticket.startedNanos, ticket.endedNanos);
            default -> OutageGuard.Fate.RELEASE;
        };
    }

    /** A path that goes on failing does not keep a check for ever: in the end there is no verdict. */
    private void repeat(Ticket ticket) {
        if (ticket.repeats == MAX_REPEATS) {
            emit(ticket, Verdict.failed(FailureReason.LOCAL, Verified.NONE));
            return;
        }
        ticket.repeats++;
        ticket.verdict = null;
        repeated++;
        meters.repeated();
        // Not at once: what made it fail may last.
        resting.add(ticket);
    }

    private void emit(Ticket ticket, Verdict verdict) {
        CheckOutcome outcome = verdict.outcome(ticket.due, ticket.endedMillis);
        meters.ended(outcome, ticket.endedNanos - ticket.startedNanos);
        if (setup.traces().draw()) {
            trace(ticket, outcome);
        }
        outcomes.add(outcome);
    }

    private void trace(Ticket ticket, CheckOutcome outcome) {
        DueProxy due = ticket.due;
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("proxy.id", due.id());
        facts.put("proxy.url", due.key().url());
        facts.put("check.kind", due.kind());
        facts.put("check.alive", outcome.alive());
        facts.put("check.reason", outcome.reason());
        facts.put("check.verified", outcome.verified());
        facts.put("check.repeats", ticket.repeats);
        if (outcome.alive()) {
            facts.put("check.latency_ms", outcome.latencyMillis());
        }
        setup.traces()
                .ended(
                        "check",
                        null,
                        ticket.startedNanos,
                        ticket.endedNanos,
                        facts,
                        outcome.alive() ? null : outcome.reason().toString());
    }

    private void flush() {
        if (outcomes.isEmpty()) {
            return;
        }
        List<CheckOutcome> batch = outcomes;
        outcomes = new ArrayList<>();
        held.addAndGet(-batch.size());
        ended.accept(batch);
    }

    /** Tells the controller what was observed. */
    private void adapt() {
        long now = System.nanoTime();
        PathMeter.Reading seen = path.read(startsOfTick, nanos -> timeout.connected(nanos, now));
        startsOfTick = 0;
        client.connectTimeout(timeout.nanos());
        AnchorReadings.Reading reached = anchors.read();
        for (Ticket ticket = resting.poll(); ticket != null; ticket = resting.poll()) {
            waiting.add(ticket);
        }
        long lag = 0;
        for (LaneWork lane : lanes) {
            lag = Math.max(lag, lane.lagNanos());
        }
        // Where somebody else keeps the machine busy, or the compiler at the start, fewer checks would not help.
        boolean ours = load.busy(now) && now - startNanos > WARM_UP_NANOS;
        lag = ours ? lag : 0;
        pace.tick(
                new Signals(
                        inFlight,
                        client.open(),
                        seen.answered(),
                        seen.unanswered(),
                        seen.fastNanos(),
                        lag,
                        reached.probes(),
                        reached.failures(),
                        reached.nanos(),
                        seen.lacked(),
                        Descriptors.conntrack()),
                now);
        state = picture();
    }

    private void guard() {
        long now = System.nanoTime();
        OutageGuard guard = anchors.guard();
        if (guard.update(now)) {
            boolean down = guard.suspended();
            if (down) {
                pace.suspend(now);
            } else {
                pace.resume(now);
            }
            (down ? LOG.atWarn() : LOG.atInfo())
                    .addKeyValue("anchors", anchors.size())
                    .addKeyValue("anchors_down", guard.anchorsDown())
                    .log(
                            down
                                    ? "our own network is down: judgement is suspended, failures will be repeated"
                                    : "our own network is back: checks go on");
            state = picture();
            suspended.accept(new CheckSuspended(down, guard.anchorsDown(), anchors.size(), System.currentTimeMillis()));
        }
        for (Ticket first = doubted.peek(); first != null; first = doubted.peek()) {
            OutageGuard.Fate fate = fate(first, verdict(first));
            if (fate == OutageGuard.Fate.WAIT) {
                break;
            }
            doubted.remove();
            if (fate == OutageGuard.Fate.REPEAT) {
                repeat(first);
            } else {
                emit(first, verdict(first));
            }
        }
    }

    private State picture() {
        PaceState now = pace.state();
        return new State(
                anchors.guard().suspended(),
                now.rate(),
                now.startsPerSecond(),
                config.rate(),
                limit,
                inFlight,
                waiting.size(),
                doubted.size(),
                repeated,
                now.phase().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                now.lastCutReason(),
                now.lastCutReason() == null
                        ? 0
                        : System.currentTimeMillis()
                                - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - now.lastCutNanos()),
                now.cuts(),
                now.lagNanos() / NANOS_A_MILLI,
                now.anchorDelayNanos() / NANOS_A_MILLI,
                now.anchorLoss(),
                anchors.states(),
                watch.states());
    }

    /**
     * Starts nothing any more. What has ended is handed over; what is under way is cut off, and ends, as what waits, without a
     * verdict.
     *
     * @return completes when nothing is left; fails when connections could not be closed in time
     */
    public Future<Void> stop() {
        closing = true;
        Promise<Void> done = Promise.promise();
        context.runOnContext(v -> {
            timers.forEach(vertx::cancelTimer);
            timers.clear();
            clear();
            client.close()
                    .eventually(direct::close)
                    .eventually(probing::close)
                    .eventually(() -> quiet(QUIET_MILLIS))
                    .eventually(() -> {
                        flush();
                        meters.close();
                        return Future.succeededFuture();
                    })
                    .<Void>mapEmpty()
                    .onComplete(done);
        });
        return done.future();
    }

    /** What waits, to be started or to be vouched for, ends without a verdict. */
    private void clear() {
        for (Ticket ticket = waiting.evict(); ticket != null; ticket = waiting.evict()) {
            withoutVerdict(ticket);
        }
        for (Ticket ticket = doubted.poll(); ticket != null; ticket = doubted.poll()) {
            withoutVerdict(ticket);
        }
        for (Ticket ticket = resting.poll(); ticket != null; ticket = resting.poll()) {
            withoutVerdict(ticket);
        }
    }

    private void withoutVerdict(Ticket ticket) {
        outcomes.add(Verdict.failed(FailureReason.LOCAL, Verified.NONE)
                .outcome(ticket.due, setup.clock().millis()));
    }

    private Future<Void> quiet(long leftMillis) {
        if (inFlight == 0) {
            return Future.succeededFuture();
        }
        if (leftMillis <= 0) {
            return Future.failedFuture(new TimeoutException(inFlight + " checks did not end in time"));
        }
        return pause(QUIET_STEP_MILLIS).compose(waited -> quiet(leftMillis - QUIET_STEP_MILLIS));
    }
}
