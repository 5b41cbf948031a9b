package dev.sluice.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.HealthRules;
import dev.sluice.config.ConfigLoader;
import dev.sluice.keep.Outcomes;
import dev.sluice.port.JobKind;
import dev.sluice.port.NewJob;
import dev.sluice.port.Recheck;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.queue.JobStoppedException;
import dev.sluice.queue.PermanentJobException;
import dev.sluice.queue.PlayedRun;
import dev.sluice.store.HealthChange;
import dev.sluice.store.MemoryProxyStore;
import dev.sluice.store.TakenProxy;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecheckJobTest {
    private static final CheckPolicy POLICY = ConfigLoader.defaults().schedule().policy(false);
    private static final long NOW = 1_800_000_000_000L;

    private final Vertx vertx = Vertx.vertx();
    private final MemoryProxyStore store = new MemoryProxyStore();
    private boolean enabled = true;
    private final RecheckJob job = new RecheckJob(vertx, store, () -> enabled, () -> Instant.ofEpochMilli(NOW));

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    /** An entry that was found working an hour ago. */
    private StoredProxy entry(Scheme scheme, int port, String... lists) {
        ProxyKey key = ProxyKey.of(scheme, "127.0.0.1", port);
        Health fresh = Health.fresh(NOW - 7_200_000);
        Health works = HealthRules.after(
                fresh, Outcomes.good(Outcomes.due(port, key, fresh), NOW - 3_600_000), POLICY, new Random(port));
        return store.put(key, works, Location.UNKNOWN, lists);
    }

    private static PlayedRun run(String payload) {
        return new PlayedRun(NewJob.of(JobKind.VALIDATION, Recheck.TYPE, payload), NOW, null);
    }

    /** What is due in the lane of bulk work, as a checker takes it. */
    private List<TakenProxy> taken() throws Exception {
        return store.takeDue(NOW, 4, 5, 100, 60_000).await(10, TimeUnit.SECONDS);
    }

    private void answer(TakenProxy taken, boolean good) throws Exception {
        var due = Outcomes.due(taken.id(), taken.key(), taken.health());
        var outcome = good ? Outcomes.good(due, NOW + 5) : Outcomes.bad(due, NOW + 5, FailureReason.REFUSED);
        Health after = HealthRules.after(taken.health(), outcome, POLICY, new Random(1));
        store.write(List.of(
                        new HealthChange(taken.id(), taken.key(), taken.health().version(), after, List.of())))
                .await(10, TimeUnit.SECONDS);
    }

    private static String result(Future<String> running) throws Exception {
        return running.await(20, TimeUnit.SECONDS);
    }

    @Test
    void whatMatchesIsCheckedAndCounted() throws Exception {
        entry(Scheme.SOCKS5, 1, "a");
        entry(Scheme.SOCKS5, 2, "b");
        entry(Scheme.HTTP, 3, "a");
        Future<String> running = job.run(run("{\"schemes\":[\"socks5\"],\"lists\":[\"a\",\"b\"]}"));
        List<TakenProxy> taken = taken();
        assertThat(taken).extracting(TakenProxy::id).containsExactlyInAnyOrder(1L, 2L);
        assertThat(running.isComplete()).isFalse();
        answer(taken.get(0), true);
        answer(taken.get(1), false);
        assertThat(result(running))
                .isEqualTo("{\"matched\":2,\"checked\":2,\"alive\":2,\"dead\":0,\"unanswered\":0,\"waiting\":0}");
    }

    @Test
    void entriesAreNamedByNumber() throws Exception {
        entry(Scheme.HTTP, 1);
        StoredProxy second = entry(Scheme.HTTP, 2);
        Future<String> running = job.run(run("{\"ids\":[" + second.id() + ",99]}"));
        answer(taken().get(0), true);
        assertThat(result(running)).startsWith("{\"matched\":1,\"checked\":1,");
    }

    @Test
    void anotherAttemptAsksForNothingTwice() throws Exception {
        entry(Scheme.HTTP, 1);
        PlayedRun first = run("{}");
        Future<String> running = job.run(first);
        answer(taken().get(0), true);
        first.stop();
        assertThatThrownBy(() -> result(running)).isInstanceOf(JobStoppedException.class);
        assertThat(result(job.run(run("{}")))).startsWith("{\"matched\":1,\"checked\":1,\"alive\":1,");
        assertThat(taken()).isEmpty();
    }

    @Test
    void whatWasCheckedLatelyIsLeftAlone() throws Exception {
        entry(Scheme.HTTP, 1);
        assertThat(result(job.run(run("{\"not_checked_for_s\":7200}")))).startsWith("{\"matched\":0,");
        assertThat(taken()).isEmpty();
    }

    @Test
    void whereNothingIsCheckedTheJobIsGivenUp() {
        enabled = false;
        assertThatThrownBy(() -> result(job.run(run("{}"))))
                .isInstanceOf(PermanentJobException.class)
                .hasMessageContaining("schedule.enabled");
    }
}
