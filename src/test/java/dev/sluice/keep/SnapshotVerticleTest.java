package dev.sluice.keep;

import static dev.sluice.keep.ScriptedStore.stored;
import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cadence.SteadyClock;
import dev.sluice.config.PoolConfig;
import dev.sluice.pool.Entries;
import dev.sluice.pool.LastGood;
import dev.sluice.pool.PooledProxy;
import dev.sluice.port.Timetable;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tampering;
import dev.sluice.schedule.Schedules;
import dev.sluice.store.Stores;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verticles that keep memory: snapshots, warm-up and synchronisation. */
class SnapshotVerticleTest {
    private static final Duration SOON = Duration.ofMillis(5);
    private static final Duration NEVER = Duration.ofDays(1);
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochMilli(Entries.NOW));

    private final ScriptedStore store = new ScriptedStore();
    private final BlockingQueue<List<PooledProxy>> handedOver = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> written = new LinkedBlockingQueue<>();
    private final Set<String> threads = ConcurrentHashMap.newKeySet();
    private final AtomicInteger writing = new AtomicInteger();
    private final AtomicInteger mostWriting = new AtomicInteger();
    private final Semaphore disk = new Semaphore(1_000_000);
    private volatile String content = "";
    private volatile Iterable<PooledProxy> served = List.of();
    private LastGood lastGood = new LastGood(2_000);
    private Vertx vertx;

    @TempDir
    private Path directory;

    @BeforeEach
    void openVertx() {
        vertx = Vertx.vertx();
    }

    @AfterEach
    void closeVertx() {
        done(vertx.close());
    }

    @Test
    void whatWasServedIsHandedOverAfterARestart() throws InterruptedException {
        served = LongStream.rangeClosed(1, 1_500)
                .mapToObj(id -> entry(id).latency(100 + id).pooled())
                .toList();
        content = "feedback";
        String first = deploy(NEVER);
        done(vertx.undeploy(first));
        assertThat(next(handedOver)).as("at the stop").hasSize(1_500);

        served.forEach(proxy -> store.put(stored(entry(proxy.id()).alive(false).pooled())));
        restart();
        store.put(stored(entry(7).alive(false).tampering(Tampering.CONTENT).pooled()));
        store.put(stored(entry(8).alive(false).scheme(Scheme.UNKNOWN).pooled()));
        deploy(NEVER);

        List<PooledProxy> known = next(handedOver);
        assertThat(known).hasSize(1_498).allMatch(proxy -> !proxy.health().alive());
        assertThat(known.subList(0, 8)).extracting(PooledProxy::id).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 9L, 10L);
        assertThat(lastGood.contains(7)).isFalse();
        assertThat(content).isEqualTo("feedback");
        assertThat(store.asked).containsExactly("get 1000", "get 500");
    }

    @Test
    void filesAreWrittenAgainAndAgainByOneThreadNeverTwoAtATime() throws InterruptedException {
        deploy(SOON);
        for (int i = 0; i < 5; i++) {
            content = "v" + i;
            while (!next(written).equals(content)) {}
        }

        assertThat(mostWriting).hasValue(1);
        assertThat(threads).hasSize(1).allMatch(name -> name.startsWith("sluice-snapshots"));
    }

    @Test
    void theStopWaitsForTheWriteUnderWayAndWritesOnceMore() throws InterruptedException {
        disk.drainPermits();
        content = "early";
        String id = deploy(SOON);
        assertThat(next(written)).isEqualTo("early");

        content = "late";
        Future<Void> stopped = vertx.undeploy(id);
        disk.release(1_000);
        done(stopped);

        assertThat(written).containsExactly("late");
        assertThat(mostWriting).hasValue(1);
        restart();
        deploy(NEVER);
        assertThat(content).isEqualTo("late");
    }

    @Test
    void whatIsServedIsRememberedAndHandedOverWhenItIsAnother() throws InterruptedException {
        served = List.of(entry(1).pooled(), entry(2).pooled());
        deploy(SOON);
        assertThat(next(handedOver)).extracting(PooledProxy::id).containsExactly(1L, 2L);

        served = List.of();
        written.clear();
        next(written);
        next(written);
        handedOver.clear();
        next(written);
        assertThat(handedOver).as("of an empty pool").isEmpty();
        assertThat(lastGood.ids()).containsExactly(1L, 2L);
    }

    @Test
    void aStoreThatDoesNotAnswerAtTheStartIsAskedAgain() throws InterruptedException {
        served = List.of(entry(1).pooled());
        done(vertx.undeploy(deploy(NEVER)));
        next(handedOver);
        restart();
        store.put(stored(entry(1).alive(false).pooled()));
        store.down(true);

        deploy(SOON);
        assertThat(next(store.asked)).isEqualTo("get 1");
        assertThat(next(store.asked)).isEqualTo("get 1");
        assertThat(handedOver).isEmpty();
        store.down(false);
        assertThat(next(handedOver)).extracting(PooledProxy::id).containsExactly(1L);
        store.asked.clear();
        written.clear();
        next(written);
        next(written);
        assertThat(store.asked).as("once is enough").isEmpty();
    }

    @Test
    void aDiskThatFailsStopsNeitherTheStartNorTheStop() throws Exception {
        Files.writeString(directory.resolve("data"), "a file where the directory should be");
        served = List.of(entry(1).pooled());

        String id = deploy(SOON);
        next(handedOver);
        done(vertx.undeploy(id));

        assertThat(directory.resolve("data")).hasContent("a file where the directory should be");
    }

    @Test
    void whatIsServedMayFailToBeWalkedThroughAndFilesAreWrittenAllTheSame() throws InterruptedException {
        served = () -> {
            throw new IllegalStateException("made to fail");
        };
        content = "kept";
        deploy(SOON);

        assertThat(next(written)).isEqualTo("kept");
        assertThat(next(written)).isEqualTo("kept");
    }

    @Test
    void proxiesAreWarmedUpAtTheStartAndThenAgain() throws InterruptedException {
        served = List.of(entry(1).checkedAt(Entries.NOW - 400_000).pooled());
        done(vertx.deployVerticle(warmUp(5)));
        assertThat(next(store.asked)).isEqualTo("expedite [1] 10");

        served = List.of(entry(2).checkedAt(Entries.NOW - 400_000).pooled());
        assertThat(next(store.asked)).isEqualTo("expedite [2] 10");
        assertThat(threads).isNotEmpty().noneMatch(name -> name.contains("eventloop"));
    }

    @Test
    void warmUpCanBeSwitchedOff() {
        served = List.of(entry(1).checkedAt(Entries.NOW - 400_000).pooled());
        String id = done(vertx.deployVerticle(warmUp(0)));
        done(vertx.undeploy(id));

        assertThat(store.asked).isEmpty();
        assertThat(threads).isEmpty();
    }

    @Test
    void whatOthersFindReachesThePool() throws InterruptedException {
        BlockingQueue<List<StoredProxy>> learnt = new LinkedBlockingQueue<>();
        store.put(stored(1, true, Entries.NOW + 1, 2));
        store.put(stored(2, false, 5, 3));
        store.serve(2);
        String id = done(vertx.deployVerticle(
                new SynchroniserVerticle(store, () -> new long[] {2}, learnt::add, Entries.NOW, timetable(), CLOCK)));

        assertThat(next(learnt)).extracting(StoredProxy::id).as("turned").containsExactly(1L);
        assertThat(next(learnt)).extracting(StoredProxy::id).as("alive").containsExactly(1L);
        assertThat(next(learnt))
                .extracting(StoredProxy::id)
                .as("died unnoticed")
                .containsExactly(2L);
        done(vertx.undeploy(id));
    }

    @Test
    void onlyADatabaseServerIsShared() {
        assertThat(Stores.isShared("postgresql://u:p@127.0.0.1:5432/sluice")).isTrue();
        assertThat(Stores.isShared("postgres://127.0.0.1/sluice")).isTrue();
        assertThat(Stores.isShared("sqlite:data/sluice.db")).isFalse();
    }

    private Deployable warmUp(int limit) {
        PoolConfig config = new PoolConfig("random", SOON, 1_000, 1, NEVER, 10, Duration.ofMinutes(5), limit);
        return new WarmUpVerticle(
                config,
                (before, most) -> {
                    threads.add(Thread.currentThread().getName());
                    return WarmUpTest.neverUsed(served, before, most);
                },
                store,
                timetable(),
                CLOCK,
                new SimpleMeterRegistry(),
                5);
    }

    /** Memory is gone. */
    private void restart() {
        content = "";
        served = List.of();
        lastGood = new LastGood(2_000);
        handedOver.clear();
        written.clear();
        store.asked.clear();
    }

    private String deploy(Duration interval) {
        Snapshots snapshots = new Snapshots(
                directory.resolve("data"),
                "db",
                List.of(
                        new Snapshots.Part("feedback", 1, this::write, in -> content = in.readUTF()),
                        new Snapshots.Part("last-good", 1, lastGood::writeTo, lastGood::restore)),
                CLOCK,
                new SimpleMeterRegistry());
        return done(vertx.deployVerticle(new SnapshotVerticle(
                interval, snapshots, lastGood, () -> served, store::get, handedOver::add, timetable(), CLOCK)));
    }

    private void write(DataOutput out) throws IOException {
        threads.add(Thread.currentThread().getName());
        mostWriting.accumulateAndGet(writing.incrementAndGet(), Math::max);
        String now = content;
        out.writeUTF(now);
        written.add(now);
        disk.acquireUninterruptibly();
        writing.decrementAndGet();
    }

    private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T next = queue.poll(10, TimeUnit.SECONDS);
        assertThat(next).as("within 10 s").isNotNull();
        return next;
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
}
