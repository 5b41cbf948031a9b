package dev.sluice.keep;

import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.pool.Best;
import dev.sluice.pool.Entries;
import dev.sluice.pool.PooledProxy;
import dev.sluice.store.StoreException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WarmUpTest {
    private static final long AFTER = 300_000;

    private final List<PooledProxy> pool = new ArrayList<>();
    private final List<List<Long>> expedited = new ArrayList<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private long now = Entries.NOW;
    private boolean down;
    private int most = 3;
    private final WarmUp warmUp = new WarmUp(
            () -> AFTER,
            () -> most,
            (before, limit) -> Future.succeededFuture(neverUsed(pool, before, limit)),
            this::expedite,
            () -> Instant.ofEpochMilli(now),
            meters);

    static List<PooledProxy> neverUsed(Iterable<PooledProxy> proxies, long checkedBefore, int limit) {
        return Best.of(
                proxies,
                proxy -> proxy.servable()
                        && proxy.health().uses() == 0
                        && proxy.health().lastCheckedAtMillis() < checkedBefore,
                limit);
    }

    @Test
    void theBestOfThoseWithAnOldCheckAreMadeDue() {
        pool.add(entry(1).checkedAt(now - AFTER).pooled());
        pool.add(entry(2).checkedAt(now - AFTER - 1).latency(1_900).pooled());
        pool.add(entry(3).checkedAt(now - AFTER - 1).pooled());
        pool.add(entry(4).checkedAt(now - AFTER - 1).uses(1).pooled());

        turn();

        assertThat(expedited).containsExactly(List.of(3L, 2L));
        assertThat(warmed()).isEqualTo(2);
    }

    @Test
    void atMostSoManyWaitForTheirCheckAtATime() {
        for (int i = 1; i <= 5; i++) {
            pool.add(entry(i).checkedAt(now - AFTER - 1).pooled());
        }
        turn();
        now += 10_000;
        turn();
        assertThat(expedited).containsExactly(List.of(1L, 2L, 3L));

        pool.set(1, entry(2).checkedAt(now).pooled());
        now += 10_000;
        turn();
        assertThat(expedited).containsExactly(List.of(1L, 2L, 3L), List.of(4L));
        assertThat(warmed()).isEqualTo(4);
    }

    @Test
    void theSameIsNotAskedForAgainWithinThatAge() {
        pool.add(entry(1).checkedAt(now - AFTER - 1).pooled());
        for (long at = 0; at < AFTER; at += 10_000) {
            now = Entries.NOW + at;
            turn();
        }
        assertThat(expedited).hasSize(1);

        now = Entries.NOW + AFTER;
        turn();
        assertThat(expedited).containsExactly(List.of(1L), List.of(1L));
    }

    @Test
    void aClockThatIsSetBackBlocksNobody() {
        pool.add(entry(1).checkedAt(now - 2 * AFTER).pooled());
        turn();
        now -= AFTER / 2;
        turn();

        assertThat(expedited).hasSize(2);
    }

    @Test
    void whatCouldNotBeMadeDueIsTriedAgain() {
        pool.add(entry(1).checkedAt(now - AFTER - 1).pooled());
        down = true;
        turn();
        turn();
        assertThat(expedited).hasSize(2);
        assertThat(warmed()).isZero();

        down = false;
        turn();
        assertThat(warmed()).isEqualTo(1);
        turn();
        assertThat(expedited).hasSize(3);
    }

    @Test
    void withNothingToWarmUpTheStoreIsLeftAlone() {
        pool.add(entry(1).checkedAt(now).pooled());
        turn();

        assertThat(expedited).isEmpty();
    }

    private Future<Integer> expedite(List<Long> ids, int priority, long nowMillis) {
        expedited.add(ids);
        assertThat(priority).isEqualTo(10);
        assertThat(nowMillis).isEqualTo(now);
        return down
                ? Future.failedFuture(new StoreException(StoreException.Kind.UNAVAILABLE, "made to fail"))
                : Future.succeededFuture(ids.size());
    }

    private void turn() {
        assertThat(warmUp.turn().succeeded()).isTrue();
    }

    private double warmed() {
        return meters.get("sluice.pool.warmed").counter().count();
    }

    @Test
    void itCanBeSwitchedOffAndOnAgain() {
        pool.add(entry(1).checkedAt(now - AFTER - 1).pooled());
        most = 0;
        warmUp.turn();
        assertThat(expedited).isEmpty();
        most = 3;
        warmUp.turn();
        assertThat(expedited).hasSize(1);
    }
}
