package dev.sluice.keep;

import static dev.sluice.keep.ScriptedStore.stored;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proxy.StoredProxy;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SynchroniserTest {
    private static final long T0 = 1_750_000_000_000L;

    private final ScriptedStore store = new ScriptedStore();
    private final List<List<StoredProxy>> pages = new ArrayList<>();
    private long now = T0;
    private final Synchroniser synchroniser = new Synchroniser(store, pages::add, T0, () -> Instant.ofEpochMilli(now));

    @Test
    void whatTurnsElsewhereIsTold() {
        store.put(stored(1, false, T0 - 60_000, 1));
        turn();
        assertThat(told()).as("nothing of what was known at the start").isEmpty();

        store.put(stored(1, true, now, 2));
        store.put(stored(2, false, now + 1, 5));
        turn();

        assertThat(aliveAsTold(1)).isTrue();
        assertThat(aliveAsTold(2)).isFalse();
    }

    @Test
    void everyPageIsReadAndTheNextTurnBeginsAtTheNewest() {
        for (int i = 1; i <= 2_500; i++) {
            store.put(stored(i, false, T0 + i, 1));
        }
        now = T0 + 60_000;
        turn();

        assertThat(pages).extracting(List::size).containsExactly(1_000, 1_000, 500);
        assertThat(told()).hasSize(2_500);
        assertThat(store.asked)
                .containsExactly(
                        "turned " + (T0 - 10_000) + " 0",
                        "turned " + (T0 - 10_000) + " 1000",
                        "turned " + (T0 - 10_000) + " 2000",
                        "alive 0");
        store.asked.clear();
        turn();
        assertThat(store.asked.peek()).isEqualTo("turned " + (T0 + 2_500 - 10_000) + " 0");
    }

    @Test
    void workOfATurnIsBoundedAndTheNextGoesOnWhereItEnded() {
        int most = Synchroniser.TURNED_PAGE * Synchroniser.TURNED_PAGES;
        for (int i = 1; i <= most + 10; i++) {
            store.put(stored(i, false, T0 + 1, 1));
        }
        now = T0 + 5_000;
        turn();
        assertThat(told()).hasSize(most);
        // An entry behind which the sweep has come already.
        now += 2_000;
        store.put(stored(5, true, now, 2));
        store.asked.clear();
        turn();
        assertThat(store.asked.peek()).isEqualTo("turned " + (T0 - 10_000) + " " + most);
        assertThat(told()).hasSize(most + 10);

        pages.clear();
        turn();
        assertThat(aliveAsTold(5)).isTrue();
    }

    @Test
    void aClockThatIsFastHidesNoChangeOfOthers() {
        now = T0 + 5_000;
        store.put(stored(1, true, T0 + 3_600_000, 2));
        turn();
        store.put(stored(2, false, now + 100, 2));
        now += 2_000;
        turn();

        assertThat(told()).containsOnlyKeys(1L, 2L);
    }

    @Test
    void ourOwnClockThatIsFastHidesNoChangeOfOthers() {
        now = T0 + 3_600_000;
        store.put(stored(1, false, T0 + 1, 2));
        turn();
        store.put(stored(2, false, T0 + 2_000, 2));
        turn();

        assertThat(told()).containsOnlyKeys(1L, 2L);
    }

    @Test
    void allThatIsAliveComesRoundPageByPage() {
        for (int i = 1; i <= 1_200; i++) {
            store.put(stored(i, true, T0 - 60_000, 1));
        }
        for (int turns = 0; turns < 4; turns++) {
            turn();
        }

        assertThat(pages).extracting(List::size).containsExactly(500, 500, 200, 500);
        assertThat(store.asked)
                .filteredOn(question -> question.startsWith("alive"))
                .containsExactly("alive 0", "alive 500", "alive 1000", "alive 0");
    }

    @Test
    void whatDiedUnnoticedIsFoundInTheRound() {
        for (int i = 1; i <= 700; i++) {
            store.put(stored(i, i % 7 != 0, T0 - 60_000, 3));
        }
        // Served are some of both, in no order, and one the store does not know.
        store.serve(693, 7, 8, 350, 14, 9, 10_000);
        turn();
        turn();

        assertThat(aliveAsTold(7)).isFalse();
        assertThat(aliveAsTold(14)).isFalse();
        assertThat(aliveAsTold(350)).isFalse();
        assertThat(aliveAsTold(693)).isFalse();
        assertThat(told()).hasSize(600 + 4);
        assertThat(store.asked)
                .filteredOn(question -> question.startsWith("get"))
                .containsExactly("get 3", "get 2");
    }

    @Test
    void manyThatDiedUnnoticedAreAskedForAPageATurn() {
        long[] served = new long[1_234];
        for (int i = 0; i < served.length; i++) {
            served[i] = i + 1;
            store.put(stored(i + 1, false, T0 - 60_000, 3));
        }
        store.serve(served);
        turn();
        turn();
        turn();

        assertThat(told()).hasSize(1_234);
        assertThat(store.asked)
                .filteredOn(question -> question.startsWith("get"))
                .containsExactly("get 500", "get 500", "get 234");
    }

    @Test
    void aRandomHistoryIsFollowed() {
        long seed = new SplittableRandom().nextLong();
        SplittableRandom random = new SplittableRandom(seed);
        Map<Long, Integer> truth = new HashMap<>();
        for (int step = 0; step < 300; step++) {
            now += 2_000;
            for (int i = random.nextInt(40); i > 0; i--) {
                long id = 1 + random.nextInt(2_000);
                int version = truth.merge(id, 1, Integer::sum);
                // Written up to eight seconds after it happened.
                store.put(stored(id, version % 2 == 1, now - random.nextInt(8_000), version));
            }
            turn();
        }

        Map<Long, Integer> known = new HashMap<>();
        told().forEach((id, proxy) -> known.put(id, proxy.health().version()));
        assertThat(known).as("seed %d", seed).isEqualTo(truth);
    }

    @Test
    void aStoreThatFailsIsAskedLessAndLessOftenAndLosesNothing() {
        turn();
        store.down(true);
        store.put(stored(1, true, now + 1, 2));
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            pauses.add(turn());
        }
        assertThat(pauses).containsExactly(4_000L, 8_000L, 16_000L, 32_000L, 60_000L, 60_000L, 60_000L);
        assertThat(told()).isEmpty();

        now += 3_600_000;
        store.down(false);
        assertThat(turn()).isEqualTo(2_000);
        assertThat(told()).containsOnlyKeys(1L);
        store.down(true);
        assertThat(turn()).isEqualTo(4_000);
    }

    private long turn() {
        Future<Long> pause = synchroniser.turn();
        assertThat(pause.succeeded()).isTrue();
        return pause.result();
    }

    private boolean aliveAsTold(long id) {
        return Objects.requireNonNull(told().get(id)).health().alive();
    }

    /** The last that was told of each. */
    private Map<Long, StoredProxy> told() {
        Map<Long, StoredProxy> last = new HashMap<>();
        pages.forEach(page -> page.forEach(each -> last.put(each.id(), each)));
        return last;
    }
}
