package dev.sluice.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bus.Bus;
import dev.sluice.bus.Channels;
import dev.sluice.cadence.Demand;
import dev.sluice.cadence.SteadyClock;
import dev.sluice.config.ByteSize;
import dev.sluice.config.CheckConfig;
import dev.sluice.config.CheckMode;
import dev.sluice.config.ConfigLoader;
import dev.sluice.config.ScheduleConfig;
import dev.sluice.message.CheckAccepted;
import dev.sluice.message.CheckCredit;
import dev.sluice.message.CheckRequest;
import dev.sluice.message.DueProxy;
import dev.sluice.message.ScheduleTick;
import dev.sluice.port.Checking;
import dev.sluice.port.Resources;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import dev.sluice.store.MemoryProxyStore;
import dev.sluice.store.StoreException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ScheduleVerticleTest {
    private static final long NOW = 1_000_000_000_000L;
    private static final Duration OFTEN = Duration.ofMillis(10);
    private static final Duration SELDOM = Duration.ofHours(1);
    private static final Duration NEVER = Duration.ofDays(1);

    private final MemoryProxyStore store = new MemoryProxyStore();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final AtomicLong wallMillis = new AtomicLong(NOW);
    private final BlockingQueue<ScheduleTick> ticks = new LinkedBlockingQueue<>();
    private final BlockingQueue<List<DueProxy>> batches = new LinkedBlockingQueue<>();
    private Vertx vertx;
    private Bus bus;
    private volatile Checking.State checking = Checking.State.NOT_RUNNING;
    private SteadyClock clock;
    private Schedules schedules;
    private ScheduleVerticle schedule;
    private String deployment = "";

    @BeforeEach
    void openVertx() {
        vertx = Vertx.vertx();
        bus = new Bus(vertx);
        bus.subscribe(Channels.SCHEDULE_TICK, ticks::add);
        clock = new SteadyClock(
                () -> Instant.ofEpochMilli(wallMillis.get()),
                System::nanoTime,
                Duration.ofSeconds(90),
                Duration.ofMinutes(10));
        schedules = new Schedules(vertx, clock, System::nanoTime, meters);
        schedule = newVerticle(config(OFTEN, 4, true), check(CheckMode.AUTO), NEVER);
    }

    @AfterEach
    void closeVertx() {
        store.releaseTakes();
        done(vertx.close());
    }

    @Test
    void withoutCreditNothingIsTaken() throws InterruptedException {
        entries(5);
        checker(List::size);
        deploy(OFTEN, 4);

        threeTicks();

        assertThat(batches).isEmpty();
        assertThat(store.leased(NOW)).isZero();
    }

    @Test
    void dueWorkIsSentInBatchesAsFarAsCreditGoes() throws InterruptedException {
        entries(10);
        checker(List::size);
        deploy(OFTEN, 4);

        grant(1, 6);

        assertThat(batch()).hasSize(4);
        assertThat(batch()).hasSize(2);
        threeTicks();
        assertThat(batches).isEmpty();
        assertThat(store.leased(NOW)).isEqualTo(6);
        assertThat(meters.counter("sluice.schedule.due.taken", "lane", "bulk").count())
                .isEqualTo(6);
    }

    @Test
    void aGrantResumesTheRunThatStoppedForWantOfCredit() throws InterruptedException {
        entries(10);
        checker(List::size);
        deploy(SELDOM, 4);
        assertThat(tick().schedule()).isEqualTo(ScheduleVerticle.DUE);

        grant(1, 4);
        assertThat(batch()).hasSize(4);
        grant(1, 4);
        assertThat(batch()).hasSize(4);
        grant(1, 4);
        assertThat(batch()).hasSize(2);

        assertThat(ticks).as("no tick was needed").isEmpty();
    }

    @Test
    void whatIsNotDueStays() throws InterruptedException {
        store.put(key(1), health(NOW + 1, 5), Location.UNKNOWN);
        store.put(key(2), health(NOW, 5), Location.UNKNOWN);
        checker(List::size);
        deploy(OFTEN, 4);
        grant(1, 100);

        assertThat(batch()).extracting(DueProxy::id).containsExactly(2L);
        threeTicks();
        assertThat(batches).isEmpty();

        wallMillis.incrementAndGet();
        assertThat(batch()).extracting(DueProxy::id).containsExactly(1L);
    }

    @Test
    void thePriorityDecidesThenTheAge() throws InterruptedException {
        store.put(key(1), health(NOW - 100, 3), Location.UNKNOWN);
        store.put(key(2), health(NOW - 10, 9), Location.UNKNOWN);
        store.put(key(3), health(NOW - 20, 9), Location.UNKNOWN);
        checker(List::size);
        deploy(OFTEN, 10);
        grant(1, 100);

        assertThat(batch()).extracting(DueProxy::id).containsExactly(3L, 2L, 1L);
    }

    @Test
    void nothingIsSentTwice() throws InterruptedException {
        entries(1_000);
        checker(List::size);
        deploy(OFTEN, 64);

        List<Long> sent = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            grant(1, 40);
        }
        while (sent.size() < 1_000) {
            batch().forEach(proxy -> sent.add(proxy.id()));
        }

        threeTicks();
        assertThat(batches).isEmpty();
        assertThat(sent).doesNotHaveDuplicates().hasSize(1_000);
    }

    @Test
    void whatTheCheckerRefusesIsDueAgain() throws InterruptedException {
        entries(4);
        checker(batch -> 3);
        deploy(SELDOM, 4);
        tick();

        grant(1, 4);

        assertThat(batch()).extracting(DueProxy::id).containsExactly(1L, 2L, 3L, 4L);
        await(() -> store.leased(NOW) == 3);
        assertThat(meters.counter("sluice.schedule.due.returned").count()).isEqualTo(1);
        grant(1, 4);
        assertThat(batch()).extracting(DueProxy::id).containsExactly(4L);
    }

    @Test
    void whatReachesNoCheckerIsGivenBackAndItsCreditKept() throws InterruptedException {
        entries(4);
        deploy(OFTEN, 4);
        grant(1, 4);
        await(() -> meters.counter("sluice.schedule.due.returned").count() >= 4);

        checker(List::size);

        assertThat(batch()).hasSize(4);
        threeTicks();
        assertThat(batches).isEmpty();
    }

    @Test
    void aNewCheckerIsNotChargedForWhatTheOldOneGot() throws InterruptedException {
        entries(10);
        checker(List::size);
        deploy(SELDOM, 10);
        tick();
        grant(1, 3);
        assertThat(batch()).hasSize(3);

        grant(2, 5);
        assertThat(batch()).hasSize(5);
    }

    @Test
    void aNewcomerIsCheckedThoroughlyAndByConnectWhereNoMoreIsAsked() throws InterruptedException {
        entries(1);
        checker(List::size);
        deploy(OFTEN, 4);
        grant(1, 100);
        assertThat(batch()).extracting(DueProxy::kind).containsExactly(CheckKind.COMPREHENSIVE);

        done(vertx.undeploy(deployment));
        store.put(key(2), health(NOW, 5), Location.UNKNOWN);
        deploy(config(OFTEN, 4, true), check(CheckMode.CONNECT), NEVER);
        grant(2, 100);
        assertThat(batch()).extracting(DueProxy::kind).containsExactly(CheckKind.CONNECT);
    }

    @Test
    void aSteadyProxyThatWasNeverCheckedDeeplyIsNow() throws InterruptedException {
        store.put(key(1), steady(), Location.UNKNOWN);
        checker(List::size);
        deploy(OFTEN, 4);

        grant(1, 100);

        assertThat(batch()).extracting(DueProxy::kind).containsExactly(CheckKind.DEEP);
    }

    @Test
    void switchedOffItTicksAndSendsNothingUntilItIsSwitchedOn() throws InterruptedException {
        entries(4);
        checker(List::size);
        deploy(config(OFTEN, 4, false), check(CheckMode.AUTO), NEVER);
        grant(1, 100);

        threeTicks();
        assertThat(batches).isEmpty();

        schedule.enable(true);
        assertThat(batch()).hasSize(4);
    }

    @Test
    void whileTheStoreIsDownItTriesAtEveryTick() throws InterruptedException {
        entries(4);
        checker(List::size);
        store.fail(StoreException.Kind.UNAVAILABLE);
        deploy(OFTEN, 4);
        grant(1, 100);
        threeTicks();
        assertThat(batches).isEmpty();

        store.recover();

        assertThat(batch()).hasSize(4);
    }

    @Test
    void stoppingGivesBackWhatWasTakenAndNotSent() {
        for (int i = 1; i <= 4; i++) {
            store.put(key(i), health(NOW - 1, 10), Location.UNKNOWN);
        }
        checker(List::size);
        store.holdTakes();
        deploy(OFTEN, 4);
        grant(1, 100);
        await(() -> store.heldTakes() == 1);
        assertThat(store.leased(NOW)).isEqualTo(4);

        Future<Void> stopped = vertx.undeploy(deployment);
        // Long enough for the stop to have begun on its loop.
        vertx.setTimer(200, id -> store.releaseTakes());
        done(stopped);

        assertThat(store.leased(NOW)).isZero();
        assertThat(batches).isEmpty();
    }

    @Test
    void aTickDuringARunWaitsAndFurtherOnesAreMerged() throws InterruptedException {
        entries(1);
        checker(List::size);
        store.holdTakes();
        deploy(OFTEN, 4);
        grant(1, 100);
        await(() -> store.heldTakes() == 1);
        await(() -> ticks("coalesced") + ticks("missed") >= 3);
        assertThat(schedules.get(ScheduleVerticle.DUE).orElseThrow().waiting()).isEqualTo(1);
        ticks.clear();

        store.releaseTakes();

        assertThat(tick().coalesced()).isGreaterThanOrEqualTo(3);
        assertThat(batch()).hasSize(1);
    }

    @Test
    void aJumpOfTheWallClockStopsNoTick() throws InterruptedException {
        deploy(OFTEN, 4);
        threeTicks();

        wallMillis.addAndGet(-Duration.ofDays(1).toMillis());
        threeTicks();
        wallMillis.addAndGet(Duration.ofDays(30).toMillis());
        threeTicks();
    }

    @Test
    void aClockPutBackAnHourDoesNotStopChecks() throws InterruptedException {
        checker(List::size);
        deploy(OFTEN, 4);
        grant(1, 100);
        threeTicks();
        store.put(key(1), health(NOW + 20, 7), Location.UNKNOWN);

        wallMillis.addAndGet(-Duration.ofHours(1).toMillis());

        assertThat(batch()).extracting(DueProxy::id).containsExactly(1L);
    }

    @Test
    void aClockPutForwardMakesNothingDueAtOnceAndWhatIsUnderWayIsNotTakenTwice() throws InterruptedException {
        store.put(key(1), health(NOW, 7), Location.UNKNOWN);
        store.put(key(2), health(NOW + Duration.ofMinutes(30).toMillis(), 7), Location.UNKNOWN);
        checker(List::size);
        deploy(OFTEN, 4);
        grant(1, 100);
        assertThat(batch()).extracting(DueProxy::id).containsExactly(1L);

        wallMillis.addAndGet(Duration.ofHours(8).toMillis());
        threeTicks();
        threeTicks();

        assertThat(batches).isEmpty();
    }

    @Test
    void whenEveryLaneWantsMoreEachHasItsShare() throws InterruptedException {
        for (int priority : new int[] {10, 7, 5, 1}) {
            for (int i = 0; i < 300; i++) {
                store.put(key(priority * 1_000 + i), health(NOW - 1, priority), Location.UNKNOWN);
            }
        }
        checker(List::size);
        deploy(OFTEN, 100);

        grant(1, 200);

        Map<Integer, Long> taken = Stream.of(batch(), batch())
                .flatMap(List::stream)
                .collect(Collectors.groupingBy(proxy -> proxy.health().priority(), Collectors.counting()));
        assertThat(taken).isEqualTo(Map.of(10, 20L, 7, 100L, 5, 60L, 1, 20L));
    }

    @Test
    void otherSharesCountForTheNextBatch() throws InterruptedException {
        for (int priority : new int[] {10, 7, 5, 1}) {
            for (int i = 0; i < 300; i++) {
                store.put(key(priority * 1_000 + i), health(NOW - 1, priority), Location.UNKNOWN);
            }
        }
        checker(List::size);
        deploy(OFTEN, 100);

        follow(
                "schedule.batch=100",
                "schedule.shares.interactive=40",
                "schedule.shares.due=20",
                "schedule.shares.bulk=10",
                "schedule.shares.maintenance=30");
        grant(1, 200);

        Map<Integer, Long> taken = Stream.of(batch(), batch())
                .flatMap(List::stream)
                .collect(Collectors.groupingBy(proxy -> proxy.health().priority(), Collectors.counting()));
        assertThat(taken).isEqualTo(Map.of(10, 80L, 7, 40L, 5, 20L, 1, 60L));
    }

    @Test
    void batchesAreAsLargeAsAReloadSays() throws InterruptedException {
        entries(10);
        checker(List::size);
        deploy(OFTEN, 4);

        follow("schedule.batch=7");
        grant(1, 10);

        assertThat(batch()).hasSize(7);
        assertThat(batch()).hasSize(3);
    }

    @Test
    void inAnEmergencyBulkAndMaintenanceGiveWayFirst() throws InterruptedException {
        checking = suspended(true);
        deploy(SELDOM, 100);
        await(() -> schedule.bottleneck().resource() == Resources.Resource.NETWORK);
        assertThat(schedule.bottleneck().shed()).containsExactly("bulk", "maintenance");
        for (int priority : new int[] {10, 7, 5, 1}) {
            store.put(key(priority), health(NOW - 1, priority), Location.UNKNOWN);
        }
        checker(List::size);
        grant(1, 200);
        schedules.run(ScheduleVerticle.DUE);
        assertThat(batch()).extracting(proxy -> proxy.health().priority()).containsExactly(10, 7);

        checking = suspended(false);
        await(() -> schedule.bottleneck().resource() == Resources.Resource.NOTHING);
        schedules.run(ScheduleVerticle.DUE);
        assertThat(batch()).extracting(proxy -> proxy.health().priority()).containsExactly(5, 1);
    }

    @Test
    void whatWaitsIsCountedByLane() {
        entries(7);
        store.put(key(100), health(NOW - 5_000, 10), Location.UNKNOWN);
        deploy(SELDOM, 100);

        await(() -> gauge("sluice.schedule.due.backlog", "bulk") == 7);
        assertThat(gauge("sluice.schedule.due.backlog", "interactive")).isEqualTo(1);
        assertThat(gauge("sluice.schedule.due.oldest", "interactive")).isEqualTo(5);
        assertThat(gauge("sluice.schedule.due.backlog", "maintenance")).isZero();
    }

    @Test
    void whatIsLongDeadIsArchived() {
        IntStream.rangeClosed(1, 2_500)
                .forEach(i -> store.put(key(i), dead(NOW - Duration.ofDays(8).toMillis()), Location.UNKNOWN));
        store.put(key(3_000), dead(NOW - Duration.ofDays(6).toMillis()), Location.UNKNOWN);
        deploy(config(SELDOM, 4, true), check(CheckMode.AUTO), OFTEN);

        await(() -> store.all().stream().filter(stored -> stored.archived()).count() == 2_500);
        assertThat(store.byId(2_501).archived()).isFalse();
    }

    @Test
    void anotherAgeCountsForTheNextTimeThatIsArchived() {
        store.put(key(1), dead(NOW - Duration.ofDays(3).toMillis()), Location.UNKNOWN);
        store.put(key(2), dead(NOW - Duration.ofDays(1).toMillis()), Location.UNKNOWN);
        deploy(SELDOM, 4);

        follow("store.archive-after=2d");
        schedules.run(ScheduleVerticle.ARCHIVE);

        await(() -> store.byId(1).archived());
        assertThat(store.byId(2).archived()).isFalse();
    }

    private void follow(String... settings) {
        schedule.prepare(ConfigLoader.defaults(settings)).commit();
    }

    @Test
    void aLeaseCoversEveryAttempt() {
        assertThat(ScheduleVerticle.lease(check(CheckMode.AUTO))).isEqualTo(Duration.ofSeconds(15 * 2 + 60));
    }

    private static Checking.State suspended(boolean suspended) {
        return new Checking.State(
                suspended, 100, 0, 100, 100, 0, 0, 0, 0, "fixed", null, 0, Map.of(), 0, 0, 0, List.of(), List.of());
    }

    private double gauge(String name, String lane) {
        return meters.get(name).tag("lane", lane).gauge().value();
    }

    private void deploy(Duration tick, int batch) {
        deploy(config(tick, batch, true), check(CheckMode.AUTO), NEVER);
    }

    private void deploy(ScheduleConfig config, CheckConfig check, Duration firstArchive) {
        schedule = newVerticle(config, check, firstArchive);
        deployment = done(vertx.deployVerticle(schedule));
    }

    private ScheduleVerticle newVerticle(ScheduleConfig config, CheckConfig check, Duration firstArchive) {
        return new ScheduleVerticle(
                config,
                check,
                Duration.ofDays(7),
                firstArchive,
                store,
                bus,
                schedules,
                () -> checking,
                new Demand(config.policy(false)),
                clock,
                System::nanoTime,
                meters);
    }

    private static ScheduleConfig config(Duration tick, int batch, boolean enabled) {
        return ConfigLoader.defaults("schedule.enabled=" + enabled, "schedule.tick=" + tick, "schedule.batch=" + batch)
                .schedule();
    }

    private static CheckConfig check(CheckMode mode) {
        return new CheckConfig(
                mode,
                true,
                List.of(),
                List.of(),
                List.of(),
                2,
                Map.of(),
                List.of(),
                false,
                false,
                100,
                100,
                0,
                0,
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                Duration.ofSeconds(8),
                Duration.ofSeconds(15),
                1,
                20,
                new ByteSize(65_536));
    }

    private void checker(ToIntFunction<List<DueProxy>> accepts) {
        bus.serve(Channels.CHECK_REQUEST, (CheckRequest request) -> {
            int accepted = Math.min(request.proxies().size(), accepts.applyAsInt(request.proxies()));
            batches.add(request.proxies());
            return Future.succeededFuture(new CheckAccepted(accepted));
        });
    }

    private void grant(long epoch, int granted) {
        bus.publish(Channels.CHECK_CREDIT, new CheckCredit(epoch, granted));
    }

    private void entries(int count) {
        for (int i = 1; i <= count; i++) {
            store.put(key(i), health(NOW - 1, 5), Location.UNKNOWN);
        }
    }

    private static ProxyKey key(int port) {
        return ProxyKey.of(Scheme.HTTP, "127.0.0.1", port);
    }

    private static Health health(long nextCheckAtMillis, int priority) {
        return new Health(
                false,
                true,
                Verified.NONE,
                0,
                Anonymity.UNKNOWN,
                Tampering.NONE,
                null,
                Tier.UNKNOWN,
                RiskCategory.UNRATED,
                priority,
                nextCheckAtMillis,
                0,
                nextCheckAtMillis,
                0,
                0,
                Double.NaN,
                Double.NaN,
                0,
                0,
                0,
                0,
                FailureReason.NONE,
                0);
    }

    private static Health steady() {
        return new Health(
                true,
                true,
                Verified.FULL,
                0,
                Anonymity.ELITE,
                Tampering.NONE,
                null,
                Tier.ACTIVE,
                RiskCategory.LOW,
                5,
                NOW,
                1,
                NOW,
                NOW,
                NOW,
                1,
                100,
                0,
                5,
                5,
                0,
                FailureReason.NONE,
                0);
    }

    private static Health dead(long sinceMillis) {
        return new Health(
                false,
                true,
                Verified.NONE,
                0,
                Anonymity.UNKNOWN,
                Tampering.NONE,
                null,
                Tier.INACTIVE,
                RiskCategory.DEAD,
                1,
                NOW + 1,
                0,
                sinceMillis,
                sinceMillis,
                0,
                0,
                Double.NaN,
                5,
                5,
                0,
                0,
                FailureReason.REFUSED,
                5);
    }

    private List<DueProxy> batch() throws InterruptedException {
        return Objects.requireNonNull(batches.poll(10, TimeUnit.SECONDS), "no batch was sent");
    }

    private ScheduleTick tick() throws InterruptedException {
        return Objects.requireNonNull(ticks.poll(10, TimeUnit.SECONDS), "no tick came");
    }

    private void threeTicks() throws InterruptedException {
        ticks.clear();
        for (int i = 0; i < 3; i++) {
            tick();
        }
    }

    private double ticks(String result) {
        return meters.counter("sluice.schedule.ticks", "schedule", ScheduleVerticle.DUE, "result", result)
                .count();
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
