package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LoopDelayTest {
    private static final long LIMIT = TimeUnit.MILLISECONDS.toNanos(50);

    private final FakeTimer timer = new FakeTimer();
    private final LoopDelay delay = new LoopDelay(() -> timer.nowNanos, timer);

    LoopDelayTest() {
        delay.start();
    }

    /** One timer; runs when it is told to. */
    private static final class FakeTimer implements LoopDelay.Timer {
        private long nowNanos = Long.MAX_VALUE - 1_000; // the clock of System.nanoTime may wrap round
        private @Nullable Runnable task;
        private long id;

        @Override
        public long start(Runnable started) {
            assertThat(task).isNull();
            task = started;
            return ++id;
        }

        @Override
        public void cancel(long cancelled) {
            if (cancelled == id) {
                task = null;
            }
        }

        void runLateBy(long millis) {
            nowNanos += TimeUnit.MILLISECONDS.toNanos(LoopDelay.TICK_MILLIS + millis);
            Runnable due = Objects.requireNonNull(task, "task");
            task = null;
            due.run();
        }
    }

    @Test
    void oneLongPauseIsNoOverload() {
        for (int i = 0; i < 20; i++) {
            timer.runLateBy(i == 10 ? 5_000 : 0);
            assertThat(delay.overloaded(LIMIT)).isFalse();
        }
    }

    @Test
    void aQueueThatNeverEmptiesIsOverload() {
        for (int i = 1; i <= 20; i++) {
            timer.runLateBy(60 + i);
            assertThat(delay.overloaded(LIMIT)).isEqualTo(i >= LoopDelay.SAMPLES);
        }
        assertThat(delay.nanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(76));
    }

    @Test
    void oneTimelyTickEndsIt() {
        for (int i = 0; i < 10; i++) {
            timer.runLateBy(100);
        }
        assertThat(delay.overloaded(LIMIT)).isTrue();

        timer.runLateBy(50);

        assertThat(delay.overloaded(LIMIT)).as("not more than the limit").isFalse();
        assertThat(delay.nanos()).isEqualTo(LIMIT);
    }

    @Test
    void aStoppedWatchIsPunctualAndTicksNoMore() {
        for (int i = 0; i < 10; i++) {
            timer.runLateBy(100);
        }
        delay.stop();

        assertThat(delay.nanos()).isZero();
        assertThat(timer.task).isNull();
    }

    @Test
    void anEventLoopIsWatchedFromWithin() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            assertThatThrownBy(() -> LoopDelay.watch(vertx)).isInstanceOf(IllegalStateException.class);
            CompletableFuture<Boolean> late = new CompletableFuture<>();
            vertx.runOnContext(nothing -> {
                LoopDelay watch = LoopDelay.watch(vertx);
                vertx.setPeriodic(10, id -> {
                    if (watch.overloaded(0)) {
                        watch.stop();
                        late.complete(watch.overloaded(0));
                    }
                });
            });
            assertThat(late.get(20, TimeUnit.SECONDS))
                    .as("timers are never early")
                    .isFalse();
        } finally {
            vertx.close().await(20, TimeUnit.SECONDS);
        }
    }
}
