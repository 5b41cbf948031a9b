package dev.sluice.keep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.Circumstances;
import dev.sluice.cadence.Demand;
import dev.sluice.cadence.HealthRules;
import dev.sluice.cadence.SteadyClock;
import dev.sluice.config.ConfigLoader;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.CheckOutcomes;
import dev.sluice.message.DueProxy;
import dev.sluice.message.FeedbackReceived;
import dev.sluice.message.ProxyChanged;
import dev.sluice.port.JobKind;
import dev.sluice.port.NewJob;
import dev.sluice.port.Recheck;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.queue.PlayedRun;
import dev.sluice.schedule.Schedules;
import dev.sluice.store.MemoryProxyStore;
import dev.sluice.store.StoreException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What administrators order, and what clients report, on its way to the store. */
class OrdersVerticleTest {
    private static final CheckPolicy POLICY = ConfigLoader.defaults().schedule().policy(false);
    private static final long T0 = 1_000_000_000_000L;
    private static final long FOR_EVER = Long.MAX_VALUE;
    private static final ProxyKey KEY = ProxyKey.of(Scheme.HTTP, "127.0.0.1", 3128);

    private final MemoryProxyStore store = new MemoryProxyStore();
    private final RecordingPool pool = new RecordingPool();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final BlockingQueue<ProxyChanged> changes = new LinkedBlockingQueue<>();
    private final AtomicLong wallMillis = new AtomicLong(T0);
    private Vertx vertx;
    private Bus bus;
    private final KnownPlaces locator = new KnownPlaces();
    private KeepVerticle keep;

    @BeforeEach
    void openVertx() {
        vertx = Vertx.vertx();
        bus = new Bus(vertx);
        bus.subscribe(Channels.PROXY_CHANGED, changes::add);
        keep = new KeepVerticle(
                ConfigLoader.defaults("store.flush-interval=10ms").store(),
                POLICY,
                new Demand(POLICY),
                store,
                pool,
                locator,
                bus,
                new Schedules(
                        vertx,
                        new SteadyClock(InstantSource.system(), System::nanoTime, Duration.ZERO, Duration.ofMinutes(1)),
                        System::nanoTime,
                        new SimpleMeterRegistry()),
                new Random(1),
                () -> Instant.ofEpochMilli(wallMillis.get()),
                System::nanoTime,
                outcome -> {},
                meters);
    }

    @AfterEach
    void closeVertx() {
        store.recover();
        store.releaseWrites();
        done(vertx.close());
    }

    // orders

    @Test
    void anOrderReachesPoolStoreAndListenersAtOnce() throws InterruptedException {
        StoredProxy known = store.put(KEY, alive(3), Location.UNKNOWN);
        deploy();

        ManualOverride order = new ManualOverride(Tier.INACTIVE, 2, null, FOR_EVER);
        StoredProxy now = done(keep.override(known.id(), order)).orElseThrow();

        assertThat(now.override()).isEqualTo(order);
        assertThat(now.health().tier()).isEqualTo(Tier.INACTIVE);
        assertThat(now.health().priority()).isEqualTo(2);
        assertThat(Objects.requireNonNull(pool.get(known.id())).health()).isEqualTo(now.health());
        assertThat(change().after()).isEqualTo(now.health());
        await(() -> store.byId(known.id()).health().equals(now.health()));
        assertThat(store.byId(known.id()).override()).isEqualTo(order);
        assertThat(moves("active", "inactive", "overridden")).isEqualTo(1);
    }

    @Test
    void aDeadProxyIsNotServedWhateverIsOrdered() {
        StoredProxy dead = store.put(KEY, dead(), Location.UNKNOWN);
        deploy();

        done(keep.override(dead.id(), new ManualOverride(Tier.ACTIVE, 10, true, FOR_EVER)));

        await(() -> store.byId(dead.id()).health().tier() == Tier.ACTIVE);
        assertThat(store.byId(dead.id()).health().alive()).isFalse();
        assertThat(pool.held).isEmpty();
    }

    @Test
    void nobodyIsOrderedAboutWhoIsNotThere() {
        deploy();

        assertThat(done(keep.override(4_711, new ManualOverride(null, 1, null, FOR_EVER))))
                .isEqualTo(Optional.empty());
    }

    @Test
    void anOrderFailsWithTheStoreAndBeforeTheStart() {
        assertThatThrownBy(() -> done(keep.override(1, null))).isInstanceOf(IllegalStateException.class);
        StoredProxy known = store.put(KEY, alive(3), Location.UNKNOWN);
        deploy();
        store.fail(StoreException.Kind.UNAVAILABLE);

        assertThatThrownBy(() -> done(keep.override(known.id(), null))).isInstanceOf(StoreException.class);
    }

    @Test
    void aCheckThatWasUnderWayObeysTheOrderToo() {
        StoredProxy known = store.put(KEY, alive(3), Location.UNKNOWN);
        deploy();
        store.holdWrites();
        done(keep.override(known.id(), new ManualOverride(Tier.INACTIVE, 0, null, FOR_EVER)));

        send(Outcomes.good(Outcomes.due(known), wallMillis.addAndGet(1_000)));
        store.releaseWrites();

        await(() -> store.byId(known.id()).health().checks() == known.health().checks() + 1);
        assertThat(store.byId(known.id()).health().tier()).isEqualTo(Tier.INACTIVE);
        assertThat(store.byId(known.id()).health().tierReason()).isEqualTo(TierReason.OVERRIDDEN);
    }

    @Test
    void anOrderTheStoreRefusedForANewerStateIsObeyedAfterAll() {
        StoredProxy known = store.put(KEY, alive(3), Location.UNKNOWN);
        deploy();
        store.holdWrites();
        done(keep.override(known.id(), new ManualOverride(Tier.INACTIVE, 0, null, FOR_EVER)));
        await(() -> store.heldWrites() == 1);

        // Another instance was faster.
        Health theirs =
                HealthRules.after(known.health(), Outcomes.good(Outcomes.due(known), T0 + 1), POLICY, new Random(1));
        theirs = HealthRules.withVersion(theirs, known.health().version() + 5);
        store.replace(known.id(), theirs);
        store.releaseWrites();

        await(() -> store.byId(known.id()).health().tier() == Tier.INACTIVE);
        assertThat(store.byId(known.id()).health().checks()).isEqualTo(theirs.checks());
    }

    @Test
    void anOrderThatHasEndedIsNoneAfterTheNextCheck() {
        StoredProxy known = store.put(KEY, alive(3), Location.UNKNOWN);
        deploy();
        done(keep.override(known.id(), new ManualOverride(Tier.INACTIVE, 0, null, T0 + 5_000)));
        await(() -> store.byId(known.id()).health().tier() == Tier.INACTIVE);
        StoredProxy ordered = store.byId(known.id());

        wallMillis.set(T0 + 5_000);
        send(Outcomes.good(
                new DueProxy(
                        ordered.id(),
                        KEY,
                        ordered.health(),
                        Outcomes.due(ordered).kind(),
                        ordered.override()),
                T0 + 5_000));

        await(() -> store.byId(known.id()).health().tierReason() == TierReason.OVERRIDE_ENDED);
        assertThat(store.byId(known.id()).health().tier()).isEqualTo(Tier.ACTIVE);
        assertThat(moves("inactive", "active", "override-ended")).isEqualTo(1);
    }

    // what clients report

    @Test
    void twoApplicationsThatSawItFailHaveItCheckedNow() {
        StoredProxy known = store.put(KEY, alive(30), Location.UNKNOWN);
        deploy();
        long now = wallMillis.addAndGet(60_000);

        report(known.id(), "one", false, now);
        report(known.id(), "two", false, now);

        await(() -> meters.counter("sluice.keep.feedback.doubted").count() == 1);
        assertThat(done(store.takeDue(now, 1, 10, 10, 1_000))).hasSize(1);
    }

    @Test
    void aFloodOfDoubtCausesNoMoreChecksThanItsShare() {
        for (int port = 1; port <= 500; port++) {
            store.put(ProxyKey.of(Scheme.HTTP, "127.0.0.1", port), alive(30), Location.UNKNOWN);
        }
        deploy();
        long now = wallMillis.addAndGet(60_000);
        for (int id = 1; id <= 500; id++) {
            report(id, "one", false, now);
            report(id, "two", false, now);
        }

        await(() -> meters.counter("sluice.keep.feedback.passed.over").count()
                        + meters.counter("sluice.keep.feedback.doubted").count()
                == 500);
        assertThat(meters.counter("sluice.keep.feedback.doubted").count())
                .as("a twentieth of what it does where nobody knows, for a few seconds")
                .isBetween(1.0, 60.0);
    }

    @Test
    void whatClientsSawWorkingWaits() {
        StoredProxy known = store.put(KEY, alive(30), Location.UNKNOWN);
        deploy();
        long seen = wallMillis.addAndGet(Duration.ofMinutes(40).toMillis());

        report(known.id(), "one", true, seen);

        await(() -> meters.counter("sluice.keep.feedback.deferred").count() == 1);
        long later = HealthRules.seenWorking(known.health(), POLICY, 1, seen);
        assertThat(later).isGreaterThan(known.health().nextCheckAtMillis());
        assertThat(done(store.takeDue(later - 1, 1, 10, 10, 1_000))).isEmpty();
        assertThat(done(store.takeDue(later, 1, 10, 10, 1_000))).hasSize(1);
    }

    @Test
    void everythingIsPlannedAnewUnderOtherRules() throws Exception {
        CheckPolicy before = ConfigLoader.defaults(
                        "schedule.preset=frugal", "schedule.active=23h", "schedule.active-shortest=23h")
                .schedule()
                .policy(false);
        Health old = HealthRules.replanned(alive(3), before, Circumstances.NONE, T0, new Random(1));
        StoredProxy known = store.put(KEY, old, Location.UNKNOWN);
        store.put(ProxyKey.of(Scheme.HTTP, "127.0.0.1", 3129), Health.fresh(T0), Location.UNKNOWN);
        deploy();
        PlayedRun run = new PlayedRun(NewJob.of(JobKind.ANALYSIS, Recheck.REPLAN, "{}"), T0, null);

        String result = done(new ReplanJob(vertx, store, keep).run(run));

        assertThat(result).isEqualTo("{\"looked\":2,\"planned\":1}");
        await(() -> store.byId(known.id()).health().version() == old.version() + 1);
        Health now = store.byId(known.id()).health();
        assertThat(now.nextCheckAtMillis()).isLessThan(old.nextCheckAtMillis());
        assertThat(now.checkEveryMillis()).isEqualTo(alive(3).checkEveryMillis());
        assertThat(now.alive()).isTrue();
        PlayedRun again = new PlayedRun(run.job().job(), T0, run.cursor());
        assertThat(done(new ReplanJob(vertx, store, keep).run(again)))
                .as("nothing is left to look at")
                .isEqualTo("{\"looked\":2,\"planned\":1}");
    }

    @Test
    void whatIsPlannedIsCountedAndShown() {
        store.put(KEY, alive(3), Location.UNKNOWN);
        deploy();

        double expected = 1_000.0 / store.byId(1).health().checkEveryMillis();
        await(() -> meters.get("sluice.demand.checks").gauge().value() == expected);
        assertThat(meters.get("sluice.demand.factor").gauge().value()).isEqualTo(1);
        assertThat(meters.get("sluice.tier.proxies")
                        .tag("tier", "active")
                        .gauge()
                        .value())
                .isEqualTo(1);
    }

    // for the tests

    private void deploy() {
        done(vertx.deployVerticle(keep));
    }

    private void report(long id, String application, boolean success, long atMillis) {
        bus.publish(
                Channels.FEEDBACK_RECEIVED,
                new FeedbackReceived(List.of(new FeedbackReceived.Report(
                        application, id, success, Double.NaN, null, null, atMillis, false))));
    }

    /** Alive, after so many successes; the last of them at {@link #T0}. */
    private static Health alive(int successes) {
        long start = T0 - Duration.ofMinutes(30).toMillis() * successes;
        Health health = Health.fresh(start);
        for (int i = 1; i <= successes; i++) {
            long at = start + (T0 - start) * i / successes;
            health = HealthRules.after(health, Outcomes.good(Outcomes.due(1, KEY, health), at), POLICY, new Random(i));
        }
        return health;
    }

    private static Health dead() {
        Health health = Health.fresh(T0 - 10);
        for (int i = 1; i <= 6; i++) {
            CheckOutcome bad = Outcomes.bad(Outcomes.due(1, KEY, health), T0 - 10 + i, FailureReason.REFUSED);
            health = HealthRules.after(health, bad, POLICY, new Random(i));
        }
        return health;
    }

    private void send(CheckOutcome outcome) {
        done(bus.request(Channels.CHECK_OUTCOME, new CheckOutcomes(List.of(outcome))));
    }

    private ProxyChanged change() throws InterruptedException {
        return Objects.requireNonNull(changes.poll(10, TimeUnit.SECONDS), "no change was published");
    }

    private double moves(String from, String to, String reason) {
        return meters.get("sluice.tier.transitions")
                .tags("from", from, "to", to, "reason", reason)
                .counter()
                .count();
    }

    private static <T> T done(Future<T> future) {
        try {
            return future.await(10, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited long enough").isLessThan(deadline);
            LockSupport.parkNanos(1_000_000);
        }
    }
}
