package dev.sluice.cadence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LaneSharesTest {
    private static final Map<Lane, Integer> SHARES =
            Map.of(Lane.INTERACTIVE, 10, Lane.DUE, 50, Lane.BULK, 30, Lane.MAINTENANCE, 10);

    private final LaneShares shares = new LaneShares(SHARES, 100);
    private final Map<Lane, Long> backlog = new EnumMap<>(Lane.class);
    private final Map<Lane, Long> taken = new EnumMap<>(Lane.class);

    @Test
    void whenAllWantMoreEachHasItsShare() {
        for (Lane lane : Lane.values()) {
            backlog.put(lane, 100_000L);
        }

        run(10_000, 64);

        assertThat(taken)
                .isEqualTo(Map.of(
                        Lane.INTERACTIVE, 1_000L, Lane.DUE, 5_000L, Lane.BULK, 3_000L, Lane.MAINTENANCE, 1_000L));
    }

    @Test
    void anUnusedShareGoesToTheOthersByTheirs() {
        backlog.put(Lane.BULK, 100_000L);
        backlog.put(Lane.MAINTENANCE, 100_000L);

        run(8_000, 64);

        assertThat(taken.get(Lane.BULK)).isBetween(5_900L, 6_100L);
        assertThat(taken.get(Lane.MAINTENANCE)).isBetween(1_900L, 2_100L);
    }

    @Test
    void oneThatIsAloneHasEverything() {
        backlog.put(Lane.MAINTENANCE, 5_000L);

        run(5_000, 256);

        assertThat(taken).isEqualTo(Map.of(Lane.MAINTENANCE, 5_000L));
        assertThat(shares.next(1)).isNotNull();
    }

    @Test
    void theMostUrgentIsAskedFirstHoweverMuchTheOthersWant() {
        for (Lane lane : Lane.values()) {
            backlog.put(lane, 100_000L);
        }
        backlog.put(Lane.INTERACTIVE, 0L);
        run(1_000, 64);
        backlog.put(Lane.INTERACTIVE, 3L);

        shares.refresh(Lane.INTERACTIVE);

        run(120, 40);
        assertThat(taken.get(Lane.INTERACTIVE)).isEqualTo(3);
    }

    @Test
    void anEmptyLaneGathersNothing() {
        backlog.put(Lane.DUE, 100_000L);
        run(50_000, 100);
        backlog.put(Lane.BULK, 100_000L);
        taken.clear();

        shares.refresh();
        run(800, 100);

        assertThat(taken.get(Lane.BULK)).as("nothing was saved up").isBetween(200L, 400L);
    }

    @Test
    void aLaneThatIsShedIsPassedOverUntilItIsNot() {
        for (Lane lane : Lane.values()) {
            backlog.put(lane, 100_000L);
        }
        shares.shed(List.of(Lane.BULK, Lane.MAINTENANCE));
        shares.refresh();
        shares.refresh(Lane.BULK);
        run(1_200, 64);
        assertThat(taken).containsOnlyKeys(Lane.INTERACTIVE, Lane.DUE);
        assertThat(taken.get(Lane.DUE)).isBetween(980L, 1_020L);

        taken.clear();
        shares.shed(List.of());
        run(1_000, 64);
        assertThat(taken).containsOnlyKeys(Lane.values());
    }

    @Test
    void withNothingToTakeNobodyIsAsked() {
        run(100, 10);

        assertThat(taken).isEmpty();
        assertThat(shares.anyOpen()).isFalse();
        assertThat(shares.next(10)).isNull();
    }

    @Test
    void aLaneWithoutAShareIsRefused() {
        assertThatThrownBy(() -> new LaneShares(Map.of(Lane.DUE, 1), 100))
                .hasMessage("share of INTERACTIVE: 0 (expected: 1 or more)");
        assertThatThrownBy(() -> shares.next(0)).hasMessage("room: 0 (expected: 1 or more)");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void noLaneStarvesAndNoRoomIsWasted(long seed) {
        Random random = new Random(seed);
        Map<Lane, Long> waitsSince = new EnumMap<>(Lane.class);
        long handedOut = 0;
        for (int step = 0; step < 20_000; step++) {
            for (Lane lane : Lane.values()) {
                if (random.nextInt(20) == 0) {
                    backlog.merge(lane, (long) random.nextInt(2_000), Long::sum);
                }
            }
            if (random.nextInt(10) == 0) {
                shares.refresh();
            }
            int room = 1 + random.nextInt(300);
            LaneShares.Ask ask = shares.next(room);
            if (ask == null) {
                assertThat(shares.anyOpen()).isFalse();
                continue;
            }
            assertThat(ask.most()).isBetween(1, room);
            int had = serve(ask);
            handedOut += had;
            for (Lane lane : Lane.values()) {
                if (lane == ask.lane() || backlog.getOrDefault(lane, 0L) == 0) {
                    waitsSince.remove(lane);
                } else {
                    long since = waitsSince.computeIfAbsent(lane, each -> handed(taken));
                    assertThat(handed(taken) - since)
                            .as("%s waits while others are served (step %d)", lane, step)
                            .isLessThan(20_000);
                }
            }
        }
        assertThat(handedOut).isPositive();
    }

    private static long handed(Map<Lane, Long> taken) {
        return taken.values().stream().mapToLong(each -> each).sum();
    }

    /** Hands out {@code total} in portions of {@code room}, or what there is. */
    private void run(int total, int room) {
        int left = total;
        while (left > 0) {
            LaneShares.Ask ask = shares.next(Math.min(room, left));
            if (ask == null) {
                return;
            }
            left -= serve(ask);
        }
    }

    private int serve(LaneShares.Ask ask) {
        long had = Math.min(ask.most(), backlog.getOrDefault(ask.lane(), 0L));
        if (had > 0) {
            backlog.merge(ask.lane(), -had, Long::sum);
            taken.merge(ask.lane(), had, Long::sum);
        }
        shares.took(ask, (int) had);
        return (int) had;
    }
}
