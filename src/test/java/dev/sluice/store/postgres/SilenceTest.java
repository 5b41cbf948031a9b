package dev.sluice.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SilenceTest {
    private final Vertx vertx = Vertx.vertx();
    private final BlockingQueue<Promise<Void>> greetings = new LinkedBlockingQueue<>();
    private final AtomicInteger greeted = new AtomicInteger();
    private final Silence silence = new Silence(
            vertx,
            "database here",
            () -> {
                Promise<Void> greeting = Promise.promise();
                greeted.incrementAndGet();
                greetings.add(greeting);
                return greeting.future();
            },
            System::nanoTime,
            new Silence.Waits(50, 100, 10));

    @AfterEach
    void stop() {
        silence.stop();
        vertx.close().await();
    }

    private Promise<Void> greeting() throws InterruptedException {
        Promise<Void> greeting = greetings.poll(20, TimeUnit.SECONDS);
        assertThat(greeting).as("a greeting").isNotNull();
        return greeting;
    }

    /** Looks each time something may have changed: at every turn of an event loop. */
    private void until(BooleanSupplier condition) throws Exception {
        Promise<Void> met = Promise.promise();
        long timer = vertx.setPeriodic(1, id -> {
            if (condition.getAsBoolean()) {
                met.tryComplete();
            }
        });
        met.future().await(20, TimeUnit.SECONDS);
        vertx.cancelTimer(timer);
    }

    @Test
    void whatStaysUnansweredIsFollowedByAGreetingAndThatBySilence() throws Exception {
        silence.asked();
        greeting();
        until(silence::lasts);
    }

    @Test
    void aSlowStatementIsNoSilenceAsLongAsGreetingsAreAnswered() throws Exception {
        silence.asked();
        for (int i = 0; i < 3; i++) {
            greeting().complete();
            assertThat(silence.lasts()).isFalse();
        }
    }

    @Test
    void theSilenceEndsWithTheFirstGreetingThatIsAnswered() throws Exception {
        silence.asked();
        greeting();
        until(silence::lasts);
        greeting().complete();
        until(() -> !silence.lasts());
    }

    @Test
    void aGreetingThatIsAnsweredLateCountsToo() throws Exception {
        silence.asked();
        Promise<Void> first = greeting();
        until(silence::lasts);
        first.complete();
        until(() -> !silence.lasts());
    }

    @Test
    void aConnectionThatBreaksIsLookedIntoAtOnce() throws Exception {
        silence.asked();
        silence.over(false);
        greeting().fail("connection refused");
        until(silence::lasts);
    }

    @Test
    void aRefusalIsAnAnswer() throws Exception {
        silence.asked();
        silence.over(true);
        assertThat(greeted).hasValue(0);
        assertThat(silence.lasts()).isFalse();
    }

    @Test
    void noMoreThanSomeGreetingsAreOnTheirWay() throws Exception {
        silence.asked();
        until(() -> greeted.get() == Silence.MOST_GREETINGS);
        // Time for many more.
        Future<Void> later = vertx.timer(500, TimeUnit.MILLISECONDS).mapEmpty();
        later.await(20, TimeUnit.SECONDS);
        assertThat(greeted).hasValue(Silence.MOST_GREETINGS);
        greeting().fail("gone");
        until(() -> greeted.get() == Silence.MOST_GREETINGS + 1);
    }
}
