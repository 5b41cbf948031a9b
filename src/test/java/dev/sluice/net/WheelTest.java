package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WheelTest {
    private static final long TICK = 10;
    private static final int SLOTS = 8;
    private static final long ORIGIN = Long.MAX_VALUE - 500; // nanoTime may be anything and overflows

    private final Wheel wheel = new Wheel(TICK, SLOTS, ORIGIN);
    private final List<String> expired = new ArrayList<>();

    @Test
    void nothingExpiresBeforeItsDeadlineNorATickAfterIt() {
        Named entry = add("a", 25);

        wheel.advance(ORIGIN + 24);
        assertThat(expired).isEmpty();
        wheel.advance(ORIGIN + 25 + TICK);

        assertThat(expired).containsExactly("a");
        assertThat(wheel.isEmpty()).isTrue();
        wheel.cancel(entry);
        assertThat(wheel.isEmpty()).isTrue();
    }

    @Test
    void aDeadlineThatIsOverExpiresWithTheNextTick() {
        wheel.advance(ORIGIN + 300);
        add("late", 10);

        wheel.advance(ORIGIN + 300);
        assertThat(expired).isEmpty();
        wheel.advance(ORIGIN + 310);

        assertThat(expired).containsExactly("late");
    }

    @Test
    void whatIsFurtherAwayThanARoundWaitsItsRounds() {
        add("far", TICK * SLOTS * 3 + 5);

        for (long now = 0; now <= TICK * SLOTS * 3; now += TICK) {
            wheel.advance(ORIGIN + now);
        }
        assertThat(expired).isEmpty();
        wheel.advance(ORIGIN + TICK * SLOTS * 3 + 15);

        assertThat(expired).containsExactly("far");
    }

    @Test
    void anEntryMayCancelItsNeighbourAndAddItselfAgain() {
        Named second = new Named("second");
        Named first = new Named("first") {
            @Override
            void expired() {
                super.expired();
                wheel.cancel(second);
                if (expired.size() == 1) {
                    wheel.add(this, ORIGIN + 60);
                }
            }
        };
        wheel.add(first, ORIGIN + 20);
        wheel.add(second, ORIGIN + 20);

        wheel.advance(ORIGIN + 30);
        assertThat(expired).containsExactly("first");
        assertThat(wheel.isEmpty()).isFalse();
        wheel.advance(ORIGIN + 70);

        assertThat(expired).containsExactly("first", "first");
        assertThat(wheel.isEmpty()).isTrue();
    }

    @Test
    void anEntryThatBreaksKeepsNoneOfTheOthers() {
        wheel.add(
                new Wheel.Entry() {
                    @Override
                    void expired() {
                        throw new IllegalStateException("broken");
                    }
                },
                ORIGIN + 10);
        add("after", 10);

        assertThatThrownBy(() -> wheel.advance(ORIGIN + 20)).hasMessage("broken");
        wheel.advance(ORIGIN + 20);

        assertThat(expired).containsExactly("after");
    }

    @Test
    void anEntryWaitsOnce() {
        Named entry = add("a", 20);

        assertThatThrownBy(() -> wheel.add(entry, ORIGIN + 30)).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void everyEntryExpiresOnceUnlessItIsCancelled(long seed) {
        Random random = new Random(seed);
        long now = 0;
        List<Named> waiting = new ArrayList<>();
        for (int step = 0; step < 2_000; step++) {
            int what = random.nextInt(10);
            if (what < 6) {
                long deadline = now + random.nextInt(400) - 20;
                Named entry = add("entry " + step, deadline);
                entry.due = TICK * Math.max(Math.floorDiv(deadline + TICK - 1, TICK), now / TICK + 1);
                waiting.add(entry);
            } else if (what == 6 && !waiting.isEmpty()) {
                wheel.cancel(waiting.remove(random.nextInt(waiting.size())));
            } else {
                now += random.nextInt(random.nextInt(20) == 0 ? 300 : 15);
                expired.clear();
                wheel.advance(ORIGIN + now);
                for (Named entry : List.copyOf(waiting)) {
                    boolean gone = expired.remove(entry.name);
                    assertThat(gone)
                            .as("seed %d: %s, due at %d, now %d", seed, entry.name, entry.due, now)
                            .isEqualTo(now >= entry.due);
                    if (gone) {
                        waiting.remove(entry);
                    }
                }
                assertThat(expired).as("seed %d: cancelled or doubled", seed).isEmpty();
            }
        }
        wheel.advance(ORIGIN + now + 1_000);
        assertThat(expired).as("seed %d", seed).hasSize(waiting.size());
        assertThat(wheel.isEmpty()).isTrue();
    }

    private Named add(String name, long deadline) {
        Named entry = new Named(name);
        wheel.add(entry, ORIGIN + deadline);
        return entry;
    }

    private class Named extends Wheel.Entry {
        private final String name;
        private long due;

        Named(String name) {
            this.name = name;
        }

        @Override
        void expired() {
            expired.add(name);
        }
    }
}
