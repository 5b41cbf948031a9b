package dev.sluice.keep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.Demand;
import dev.sluice.cadence.HealthRules;
import dev.sluice.cadence.SteadyClock;
import dev.sluice.config.ConfigLoader;
import dev.sluice.config.StoreConfig;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.CheckOutcomes;
import dev.sluice.message.FeedbackReceived;
import dev.sluice.message.OutcomesKept;
import dev.sluice.message.ProxyChanged;
import dev.sluice.message.SourceFetched;
import dev.sluice.port.ProxyHistory;
import dev.sluice.port.Timetable;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.schedule.Schedules;
import dev.sluice.store.MemoryProxyStore;
import dev.sluice.store.StoreException;
import dev.sluice.store.TakenProxy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeepVerticleTest {
    private static final CheckPolicy POLICY = CheckPolicy.fixed(
            Duration.ofMinutes(20),
            Duration.ofMinutes(30),
            Duration.ofHours(24),
            Duration.ofSeconds(60),
            Duration.ofDays(7),
            Duration.ofDays(90),
            10,
            Duration.ofDays(14),
            false);
    private static final Location BERN = new Location("EU", "CH", "Bern", 0, null, "table");
    private static final long T0 = 1_000_000;

    private final List<CheckOutcome> watched = new CopyOnWriteArrayList<>();
    private final MemoryProxyStore store = new MemoryProxyStore();
    private final RecordingPool pool = new RecordingPool();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final BlockingQueue<ProxyChanged> changes = new LinkedBlockingQueue<>();
    private final AtomicLong wallMillis = new AtomicLong(T0 + 1_000);
    private Vertx vertx;
    private Bus bus;
    private final KnownPlaces locator = new KnownPlaces();
    private KeepVerticle keep;
    private String deployment = "";

    @BeforeEach
    void openVertx() {
        vertx = Vertx.vertx();
        bus = new Bus(vertx);
        bus.subscribe(Channels.PROXY_CHANGED, changes::add);
        keep = newVerticle(200_000, Duration.ofMillis(10));
    }

    @AfterEach
    void closeVertx() {
        store.recover();
        store.releaseWrites();
        done(vertx.close());
    }

    @Test
    void whatIsAliveIsInThePoolBeforeTheStartEnds() {
        for (int i = 1; i <= 7; i++) {
            store.put(key(i), i % 2 == 0 ? alive() : Health.fresh(T0), BERN, "list");
        }
        deploy(200_000);

        assertThat(pool.held).containsOnlyKeys(2L, 4L, 6L);
        assertThat(Objects.requireNonNull(pool.get(2)).location()).isEqualTo(BERN);
    }

    @Test
    void aStartWithoutTheStoreFails() {
        store.fail(StoreException.Kind.UNAVAILABLE);

        assertThatThrownBy(() -> deploy(200_000)).isInstanceOf(StoreException.class);
    }

    @Test
    void candidatesAreStoredAndACompleteFetchEndsOtherListings() {
        deploy(200_000);

        assertThat(done(bus.request(Channels.CANDIDATES_FOUND, found(1, 1, 2, 3))))
                .isEqualTo(new CandidatesKept(3, 0));
        assertThat(done(bus.request(Channels.CANDIDATES_FOUND, found(2, 2, 3, 4))))
                .isEqualTo(new CandidatesKept(1, 2));
        bus.publish(
                Channels.SOURCE_FETCHED,
                new SourceFetched("list", 2, SourceFetched.Result.FAILED, 0, 0, 0, "made to fail"));
        bus.publish(
                Channels.SOURCE_FETCHED, new SourceFetched("list", 2, SourceFetched.Result.COMPLETE, 3, 1, 0, null));

        await(() -> store.all().get(0).lists().isEmpty());
        assertThat(store.all().subList(1, 4)).allMatch(stored -> stored.lists().equals(List.of("list")));
    }

    @Test
    void candidatesAreRefusedWhileTheStoreIsDown() {
        deploy(200_000);
        store.fail(StoreException.Kind.UNAVAILABLE);

        assertThatThrownBy(() -> done(bus.request(Channels.CANDIDATES_FOUND, found(1, 1))))
                .hasMessageContaining("made to fail");
    }

    @Test
    void anOutcomeReachesPoolStoreAndEvents() throws InterruptedException {
        StoredProxy entry = store.put(key(1), Health.fresh(T0), BERN, "list");
        deploy(200_000);

        assertThat(send(Outcomes.good(Outcomes.due(entry), T0 + 1))).isEqualTo(new OutcomesKept(1));

        assertThat(pool.held).as("before it is written").containsOnlyKeys(1L);
        ProxyChanged changed = change();
        assertThat(changed.key()).isEqualTo(key(1));
        assertThat(changed.before().alive()).isFalse();
        assertThat(changed.after().alive()).isTrue();
        pool.await(p -> Objects.requireNonNull(p.get(1)).location().equals(BERN));
        assertThat(Objects.requireNonNull(pool.get(1)).lists()).containsExactly("list");
        assertThat(store.byId(1).health()).isEqualTo(changed.after());
        assertThat(pool.threads).as("one writer").hasSize(1);
    }

    @Test
    void aProxyThatDiesLeavesPoolAndStoreAgrees() throws InterruptedException {
        StoredProxy entry = store.put(key(1), alive(), BERN, "list");
        deploy(200_000);

        send(Outcomes.bad(Outcomes.due(entry), T0 + 10, FailureReason.RESET));
        assertThat(change().after().alive()).isTrue();
        await(() -> store.byId(1).health().consecutiveFailures() == 1);
        send(Outcomes.bad(Outcomes.due(store.byId(1)), T0 + 20, FailureReason.RESET));

        assertThat(change().after().alive()).isFalse();
        assertThat(pool.held).isEmpty();
        await(() -> !store.byId(1).health().alive());
    }

    @Test
    void everyEntryAtAnAddressMovesWithIt() {
        List<StoredProxy> rows = new ArrayList<>();
        for (int port = 1; port <= 3; port++) {
            rows.add(store.put(key(port), alive(), Location.UNKNOWN, "list"));
        }
        store.put(ProxyKey.of(Scheme.HTTP, "127.0.0.2", 1), alive(), Location.UNKNOWN, "list");
        StoredProxy dead = store.put(key(9), Health.fresh(T0), Location.UNKNOWN, "list");
        deploy(200_000);
        rows.add(dead);

        List<StoredProxy> placed =
                rows.stream().map(row -> row.located(BERN, Location.UNKNOWN)).toList();
        for (int i = 0; i < 200; i++) {
            done(keep.place(placed));
        }

        assertThat(pool.held).containsOnlyKeys(1L, 2L, 3L, 4L);
        for (long id = 1; id <= 3; id++) {
            assertThat(Objects.requireNonNull(pool.get(id)).location()).isEqualTo(BERN);
        }
        assertThat(Objects.requireNonNull(pool.get(4)).location())
                .as("at another address")
                .isEqualTo(Location.UNKNOWN);
        assertThat(pool.threads).as("one writer").hasSize(1);
    }

    @Test
    void noVerdictIsNoEventAndNoDemotion() {
        StoredProxy entry = store.put(key(1), alive(), BERN);
        deploy(200_000);

        assertThat(send(Outcomes.bad(Outcomes.due(entry), T0 + 10, FailureReason.LOCAL)))
                .isEqualTo(new OutcomesKept(0));

        await(() -> store.byId(1).health().version() == entry.health().version() + 1);
        assertThat(store.byId(1).health().alive()).isTrue();
        assertThat(pool.held).containsOnlyKeys(1L);
        assertThat(changes).isEmpty();
    }

    @Test
    void aPortThatSpeaksTwoBecomesTwoEntries() throws InterruptedException {
        StoredProxy entry = store.put(key(1).withScheme(Scheme.UNKNOWN), Health.fresh(T0), BERN, "list");
        deploy(200_000);

        send(Outcomes.good(Outcomes.due(entry), T0 + 1, Scheme.SOCKS5, Scheme.HTTP));

        assertThat(change().key().scheme()).isEqualTo(Scheme.SOCKS5);
        await(() -> store.all().size() == 2);
        assertThat(store.all()).extracting(stored -> stored.key().scheme()).containsExactly(Scheme.SOCKS5, Scheme.HTTP);
        pool.await(p -> Objects.requireNonNull(p.get(1)).location().equals(BERN));
    }

    @Test
    void anEntryThatTurnsOutToBeAnotherIsNotServedTwice() throws InterruptedException {
        store.put(key(1), alive(), BERN);
        StoredProxy unknown = store.put(key(1).withScheme(Scheme.UNKNOWN), Health.fresh(T0), BERN);
        deploy(200_000);

        send(Outcomes.good(Outcomes.due(unknown), T0 + 1, Scheme.HTTP));

        pool.await(p -> !p.held.containsKey(2L));
        await(() -> store.byId(2).archived());
        assertThat(pool.held).containsOnlyKeys(1L);
    }

    @Test
    void whileTheStoreIsDownResultsWaitAndServingGoesOn() {
        List<StoredProxy> entries = entries(50);
        deploy(200_000);
        store.fail(StoreException.Kind.UNAVAILABLE);

        for (StoredProxy entry : entries) {
            assertThat(send(Outcomes.good(Outcomes.due(entry), T0 + 1)).applied())
                    .isEqualTo(1);
        }
        await(() -> !keep.storeAnswers());
        assertThat(pool.held).hasSize(50);
        assertThat(store.all()).noneMatch(stored -> stored.health().alive());
        assertThat(gauge("sluice.keep.pending.writes")).isEqualTo(50);

        int attempts = store.writeAttempts();
        await(() -> store.writeAttempts() > attempts);
        store.recover();

        await(() -> store.all().stream().allMatch(stored -> stored.health().alive()));
        await(() -> gauge("sluice.keep.pending.writes") == 0);
    }

    @Test
    void aProxyCheckedTwiceWhileTheStoreIsDownKeepsBothResults() {
        StoredProxy entry = entries(1).get(0);
        deploy(200_000);
        store.holdWrites();

        send(Outcomes.good(Outcomes.due(entry), T0 + 1));
        await(() -> store.heldWrites() == 1);
        send(Outcomes.good(Outcomes.due(entry), T0 + 2));
        send(Outcomes.bad(Outcomes.due(entry), T0 + 3, FailureReason.RESET));
        store.releaseWrites();

        await(() -> store.byId(1).health().checks() == 3);
        Health health = store.byId(1).health();
        assertThat(health.successes()).isEqualTo(2);
        assertThat(health.version()).isEqualTo(2);
        assertThat(store.writeSizes()).containsExactly(1, 1);
    }

    @Test
    void onlyOneWriteIsUnderWay() {
        List<StoredProxy> entries = entries(3_500);
        deploy(200_000);
        store.holdWrites();

        send(entries, T0 + 1);

        await(() -> store.heldWrites() == 1);
        assertThat(store.writeAttempts()).isEqualTo(1);
        store.releaseWrites();
        await(() -> store.all().stream().allMatch(stored -> stored.health().alive()));
        assertThat(store.writeSizes()).containsExactly(1_000, 1_000, 1_000, 500);
    }

    @Test
    void aFullQueueHoldsTheAnswerBackUntilThereIsRoom() {
        List<StoredProxy> entries = entries(1_500);
        deploy(1_000);
        store.holdWrites();

        assertThat(done(bus.request(Channels.CHECK_OUTCOME, outcomes(entries.subList(0, 900), T0 + 1)))
                        .applied())
                .isEqualTo(900);
        Future<OutcomesKept> held = bus.request(Channels.CHECK_OUTCOME, outcomes(entries.subList(900, 1_500), T0 + 1));
        // Served in order on one loop: when this one is answered, the one before has been applied.
        done(bus.request(Channels.CANDIDATES_FOUND, found(1, 60_000)));
        assertThat(pool.held).hasSize(1_500);
        assertThat(held.isComplete()).isFalse();

        store.releaseWrites();

        assertThat(done(held).applied()).isEqualTo(600);
    }

    @Test
    void aCheckerThatSendsOnRegardlessIsRefused() {
        List<StoredProxy> entries = entries(2_001);
        deploy(1_000);
        store.holdWrites();
        Future<OutcomesKept> held = bus.request(Channels.CHECK_OUTCOME, outcomes(entries.subList(0, 2_000), T0 + 1));

        assertThatThrownBy(() -> send(Outcomes.good(Outcomes.due(entries.get(2_000)), T0 + 1)))
                .hasMessageContaining("pending writes: 2000 (expected: below 2000)");

        assertThat(pool.held).doesNotContainKey(2_001L);
        assertThat(held.isComplete()).isFalse();
    }

    @Test
    void anOutcomeThatComesTwiceChangesNothing() throws InterruptedException {
        StoredProxy entry = entries(1).get(0);
        deploy(200_000);
        CheckOutcome outcome = Outcomes.good(Outcomes.due(entry), T0 + 1);

        assertThat(send(outcome).applied()).isEqualTo(1);
        change();
        await(() -> store.byId(1).health().alive());
        assertThat(send(outcome).applied()).isZero();

        assertThat(changes).isEmpty();
        assertThat(store.byId(1).health().checks()).isEqualTo(1);
    }

    @Test
    void aLateOutcomeIsPutRightByTheStore() throws InterruptedException {
        StoredProxy entry = store.put(key(1), HealthRules.withVersion(Health.fresh(T0), 5), BERN);
        deploy(200_000);

        send(Outcomes.good(Outcomes.due(1, entry.key(), Health.fresh(T0)), T0 + 1));

        pool.await(p -> p.held.isEmpty());
        assertThat(store.byId(1).health()).isEqualTo(entry.health());
        assertThat(meters.counter("sluice.keep.outdated.writes").count()).isEqualTo(1);
    }

    @Test
    void whatHappenedIsWrittenWithTheStateThatCameOfIt() {
        StoredProxy entry = store.put(key(1), Health.fresh(T0), BERN);
        deploy(200_000);
        CheckOutcome good = Outcomes.good(Outcomes.due(entry), T0 + 10);

        send(good);
        await(() -> !store.history().batches.isEmpty());

        ProxyHistory found = done(store.history().of(entry.id(), 0, 10));
        assertThat(found.checks()).extracting(ProxyHistory.Check::reason).containsExactly(FailureReason.NONE);
        assertThat(found.moves())
                .extracting(ProxyHistory.Move::to, ProxyHistory.Move::reason)
                .containsExactly(tuple(Tier.ACTIVE, TierReason.FIRST_SUCCESS));
        assertThat(watched).containsExactly(good);
    }

    @Test
    void aFullDiskGivesUpOldChecksForNewResults() {
        StoredProxy entry = store.put(key(1), Health.fresh(T0), BERN);
        deploy(200_000);
        store.history().spare.set(1);
        store.fail(StoreException.Kind.FULL);

        send(Outcomes.good(Outcomes.due(entry), T0 + 10));
        await(() -> store.history().shortened.get() >= 1);
        assertThat(meters.counter("sluice.history.unrecorded").count()).isZero();
        await(() -> store.history().shortened.get() >= 3);
        store.recover();

        await(() -> store.all().get(0).health().alive());
        assertThat(store.history().batches)
                .as("there was no room for what happened: the state is stored without it")
                .isEmpty();
        await(() -> meters.counter("sluice.history.unrecorded").count() == 2);
        assertThat(meters.counter("sluice.history.shortened").count()).isEqualTo(1);
    }

    @Test
    void feedbackCountsAsUse() throws InterruptedException {
        StoredProxy entry = store.put(key(1), alive(), BERN);
        deploy(200_000);
        FeedbackReceived.Report report =
                new FeedbackReceived.Report("app", 1, true, Double.NaN, null, "example.org", T0, true);

        bus.publish(Channels.FEEDBACK_RECEIVED, new FeedbackReceived(List.of(report, report)));
        // Published messages are delivered in order: when the last one was ignored, the others were taken.
        bus.publish(
                Channels.FEEDBACK_RECEIVED,
                new FeedbackReceived(List.of(
                        new FeedbackReceived.Report("app", 99, true, Double.NaN, null, "example.org", T0, true))));
        await(() -> meters.counter("sluice.keep.feedback.ignored").count() == 1);
        send(Outcomes.good(Outcomes.due(entry), T0 + 10));

        await(() -> store.byId(1).health().uses() == 2);
    }

    @Test
    void theCensusCountsWhatIsStored() {
        store.put(key(1), alive(), BERN, "list");
        store.put(key(2), Health.fresh(T0), BERN, "list");
        assertThat(keep.figures().total()).isZero();
        deploy(200_000);

        await(() -> keep.figures().total() == 2);
        assertThat(keep.figures().alive()).isEqualTo(1);
        assertThat(keep.figures().neverChecked()).isEqualTo(1);
        assertThat(keep.figures().byProtocol()).containsEntry("http", 2L);
        assertThat(keep.figures().byTier()).containsEntry("active", 1L).containsEntry("unknown", 1L);
        assertThat(keep.figures().listedBySource()).containsEntry("list", 2L);
        assertThat(keep.figures().aliveBySource()).containsEntry("list", 1L);
        assertThat(gauge("sluice.alive.proxies")).isEqualTo(1);
        assertThat(gauge("sluice.dead.proxies")).isZero();
        assertThat(keep.storeAnswers()).isTrue();
    }

    @Test
    void stoppingWritesWhatIsPending() {
        List<StoredProxy> entries = entries(1_200);
        deploy(200_000, Duration.ofSeconds(60));
        store.fail(StoreException.Kind.UNAVAILABLE);
        send(entries, T0 + 1);
        store.recover();

        done(vertx.undeploy(deployment));

        assertThat(store.all()).allMatch(stored -> stored.health().alive());
    }

    @Test
    void anotherFlushIntervalCountsForTheNextBatch() {
        List<StoredProxy> entries = entries(1);
        deploy(200_000, Duration.ofHours(1));

        follow("store.flush-interval=10ms");
        send(entries, T0 + 1);

        await(() -> store.byId(1).health().alive());
    }

    @Test
    void moreOrFewerResultsMayWaitAfterAReload() {
        List<StoredProxy> entries = entries(1_500);
        deploy(200_000);
        store.holdWrites();
        follow("store.max-pending-writes=1000");

        Future<OutcomesKept> held = bus.request(Channels.CHECK_OUTCOME, outcomes(entries, T0 + 1));
        // Served in order on one loop: when this one is answered, the one before has been applied.
        done(bus.request(Channels.CANDIDATES_FOUND, found(1, 60_000)));
        assertThat(pool.held).hasSize(1_500);
        assertThat(held.isComplete()).isFalse();

        follow("store.max-pending-writes=2000");
        assertThat(done(held).applied()).isEqualTo(1_500);
    }

    @ParameterizedTest
    @ValueSource(strings = {"features.testimony.percent=0", "features.testimony.enabled=false"})
    void whatIsReportedMovesNoCheckWhileThatFeatureIsOff(String off) {
        store.put(key(1), alive(), BERN);
        store.put(key(2), alive(), BERN);
        deploy(200_000);

        follow(off);
        seenFailing(1);
        follow("features.testimony.percent=100");
        seenFailing(2);

        // Reports are weighed in the order in which they came.
        await(() -> meters.counter("sluice.keep.feedback.doubted").count() == 1);
        assertThat(done(store.takeDue(wallMillis.get(), 1, 10, 10, 1_000)))
                .extracting(TakenProxy::id)
                .containsExactly(2L);
        assertThat(meters.counter("sluice.keep.feedback.passed.over").count()).isZero();
    }

    /** Reports of two applications, of which this returns when they were heard. */
    private void seenFailing(long id) {
        double before = meters.counter("sluice.keep.feedback.ignored").count();
        List<FeedbackReceived.Report> reports = new ArrayList<>();
        for (String application : List.of("one", "other")) {
            reports.add(new FeedbackReceived.Report(
                    application, id, false, Double.NaN, null, "example.org", wallMillis.get(), true));
        }
        // Of nobody: what is counted tells that those before were heard.
        reports.add(new FeedbackReceived.Report("one", 99, true, Double.NaN, null, "example.org", T0, true));
        bus.publish(Channels.FEEDBACK_RECEIVED, new FeedbackReceived(reports));
        await(() -> meters.counter("sluice.keep.feedback.ignored").count() > before);
    }

    private void follow(String... settings) {
        keep.prepare(ConfigLoader.defaults(settings)).commit();
    }

    private void deploy(int maxPendingWrites) {
        deploy(maxPendingWrites, Duration.ofMillis(10));
    }

    private void deploy(int maxPendingWrites, Duration flushInterval) {
        keep = newVerticle(maxPendingWrites, flushInterval);
        deployment = done(vertx.deployVerticle(keep));
    }

    private KeepVerticle newVerticle(int maxPendingWrites, Duration flushInterval) {
        StoreConfig config = new StoreConfig(
                "memory:",
                Duration.ZERO,
                flushInterval,
                maxPendingWrites,
                Duration.ofDays(7),
                Duration.ofDays(30),
                400,
                1);
        return new KeepVerticle(
                config,
                POLICY,
                new Demand(POLICY),
                store,
                pool,
                locator,
                bus,
                timetable(),
                new Random(1),
                () -> Instant.ofEpochMilli(wallMillis.get()),
                System::nanoTime,
                watched::add,
                meters);
    }

    private static ProxyKey key(int port) {
        return ProxyKey.of(Scheme.HTTP, "127.0.0.1", port);
    }

    private static Health alive() {
        return HealthRules.after(
                Health.fresh(T0), Outcomes.good(Outcomes.due(1, key(1), Health.fresh(T0)), T0), POLICY, new Random(1));
    }

    private List<StoredProxy> entries(int count) {
        List<StoredProxy> entries = new ArrayList<>(count);
        for (int i = 1; i <= count; i++) {
            entries.add(store.put(key(i), Health.fresh(T0), BERN));
        }
        return entries;
    }

    private static CandidatesFound found(long fetchedAtMillis, int... ports) {
        List<Candidate> candidates = new ArrayList<>();
        for (int port : ports) {
            candidates.add(new Candidate(key(port), 0, null));
        }
        return new CandidatesFound("list", fetchedAtMillis, candidates);
    }

    private static CheckOutcomes outcomes(List<StoredProxy> entries, long atMillis) {
        return new CheckOutcomes(entries.stream()
                .map(entry -> Outcomes.good(Outcomes.due(entry), atMillis))
                .toList());
    }

    private void send(List<StoredProxy> entries, long atMillis) {
        done(bus.request(Channels.CHECK_OUTCOME, outcomes(entries, atMillis)));
    }

    private OutcomesKept send(CheckOutcome outcome) {
        return done(bus.request(Channels.CHECK_OUTCOME, new CheckOutcomes(List.of(outcome))));
    }

    private ProxyChanged change() throws InterruptedException {
        return Objects.requireNonNull(changes.poll(10, TimeUnit.SECONDS), "no change was published");
    }

    private double gauge(String name) {
        return meters.get(name).gauge().value();
    }

    private Timetable timetable() {
        SteadyClock clock =
                new SteadyClock(InstantSource.system(), System::nanoTime, Duration.ZERO, Duration.ofMinutes(1));
        return new Schedules(vertx, clock, System::nanoTime, new SimpleMeterRegistry());
    }

    private static <T> T done(Future<T> future) {
        try {
            return future.await(10, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("not done within 10 s", e);
        }
    }

    /** Looks again and again, by timer, until {@code expected} holds. */
    private void await(BooleanSupplier expected) {
        Promise<Void> holds = Promise.promise();
        long timer = vertx.setPeriodic(2, id -> {
            if (expected.getAsBoolean()) {
                holds.tryComplete();
            }
        });
        done(holds.future());
        vertx.cancelTimer(timer);
    }
}
