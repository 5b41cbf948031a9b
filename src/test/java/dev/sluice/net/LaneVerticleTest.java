package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LaneVerticleTest {
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(3));

    @AfterEach
    void close() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    @Test
    void lanesAreOnDistinctLoopsWhereThereAreAsMany() throws Exception {
        assertThat(threads(Lanes.of(vertx, 3))).hasSize(3);
        assertThat(threads(Lanes.of(vertx, 2))).hasSize(2);
        assertThat(Lanes.of(vertx, 5)).hasSize(5).extracting(Lane::context).doesNotHaveDuplicates();
        assertThatThrownBy(() -> Lanes.of(vertx, 0)).hasMessage("count: 0 (expected: >= 1)");
    }

    private static Set<Thread> threads(List<Lane> lanes) throws Exception {
        Set<Thread> threads = new HashSet<>();
        for (Lane lane : lanes) {
            CompletableFuture<Thread> thread = new CompletableFuture<>();
            lane.execute(() -> thread.complete(Thread.currentThread()));
            threads.add(thread.get(10, TimeUnit.SECONDS));
        }
        return threads;
    }

    @Test
    void aTaskRunsOnTheLoopWithTheContextOfTheLane() throws Exception {
        Lane lane = Lanes.of(vertx, 1).get(0);
        CompletableFuture<Boolean> inLane = new CompletableFuture<>();
        CompletableFuture<Context> current = new CompletableFuture<>();
        CompletableFuture<Boolean> continued = new CompletableFuture<>();

        lane.execute(() -> {
            inLane.complete(lane.inLane());
            current.complete(Vertx.currentContext());
            Promise<Void> promise = Promise.promise();
            vertx.executeBlocking(() -> "elsewhere").onComplete(done -> continued.complete(lane.inLane()));
            promise.complete();
        });

        assertThat(inLane.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(current.get(10, TimeUnit.SECONDS)).isSameAs(lane.context());
        assertThat(continued.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(lane.inLane()).isFalse();
    }

    @Test
    void aTaskThatBreaksIsReportedAndTheNextOneRuns() throws Exception {
        Lane lane = Lanes.of(vertx, 1).get(0);
        CompletableFuture<Throwable> reported = new CompletableFuture<>();
        CompletableFuture<Void> next = new CompletableFuture<>();
        lane.context().exceptionHandler(reported::complete);

        lane.execute(() -> {
            throw new IllegalStateException("broken");
        });
        lane.execute(() -> next.complete(null));

        next.get(10, TimeUnit.SECONDS);
        assertThat(reported.get(10, TimeUnit.SECONDS)).hasMessage("broken");
    }

    @Test
    void aLoopThatIsHeldUpIsSeenToLag() throws Exception {
        Lane lane = Lanes.of(vertx, 1).get(0);
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        lane.lagNanos();
        Future<Boolean> waited = vertx.executeBlocking(() -> {
            lane.execute(() -> {
                held.countDown();
                try {
                    assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            return held.await(10, TimeUnit.SECONDS);
        });
        assertThat(waited.await(10, TimeUnit.SECONDS)).isTrue();

        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
        long lagNanos = 0;
        while (lagNanos < 30_000_000 && System.nanoTime() < deadlineNanos) {
            lagNanos = lane.lagNanos();
            Thread.onSpinWait();
        }
        release.countDown();

        assertThat(lagNanos).as("while it is held up").isGreaterThanOrEqualTo(30_000_000);
    }
}
