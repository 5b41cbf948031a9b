package dev.sluice.keep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cadence.SteadyClock;
import dev.sluice.config.ConfigLoader;
import dev.sluice.pool.FeedbackBook;
import dev.sluice.pool.Pool;
import dev.sluice.port.Census;
import dev.sluice.port.SeriesHistory.Bucket;
import dev.sluice.port.SeriesHistory.Dimension;
import dev.sluice.port.SeriesHistory.Width;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.schedule.Schedules;
import dev.sluice.store.MemoryHistory;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HistoryVerticleTest {
    private static final long START = 1_577_836_800_000L;

    private final Vertx vertx = Vertx.vertx();
    private final MemoryHistory history = new MemoryHistory();
    private final Schedules schedules = new Schedules(
            vertx,
            new SteadyClock(InstantSource.system(), System::nanoTime, Duration.ZERO, Duration.ofMinutes(1)),
            System::nanoTime,
            new SimpleMeterRegistry());
    private final HistoryVerticle verticle = new HistoryVerticle(
            ConfigLoader.defaults().store(),
            history,
            new Pool(
                    new FeedbackBook(10, 10),
                    () -> false,
                    Duration.ofMillis(1),
                    Runnable::run,
                    System::currentTimeMillis),
            () -> Census.Figures.NONE,
            schedules,
            () -> Instant.ofEpochMilli(START),
            new SimpleMeterRegistry());

    @AfterEach
    void stop() {
        vertx.close().await();
    }

    @Test
    void theLastChecksAreCountedWhenItStops() {
        String deployment = vertx.deployVerticle(verticle).await();
        ProxyKey key = ProxyKey.of(Scheme.HTTP, "127.0.0.1", 3128);
        verticle.checked(Outcomes.good(Outcomes.due(7, key, Health.fresh(START)), START));
        assertThat(schedules.all())
                .extracting(dev.sluice.port.Schedules.State::name)
                .contains("history-folding", "history-trimming", "series");

        vertx.undeploy(deployment).await();

        assertThat(schedules.all()).isEmpty();
        for (Width width : Width.values()) {
            List<Bucket> buckets =
                    history.read(Dimension.TOTAL, width, START, START + 1).await();
            assertThat(buckets).isNotEmpty();
            assertThat(buckets.get(buckets.size() - 1).tallies().get("total"))
                    .satisfies(tally -> assertThat(tally.checks()).isEqualTo(1));
        }
    }
}
