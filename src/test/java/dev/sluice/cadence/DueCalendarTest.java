package dev.sluice.cadence;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DueCalendarTest {
    private final DueCalendar calendar = new DueCalendar();

    @Test
    void workLeavesByPriorityThenByAgeThenById() {
        calendar.put(1, 5, 300);
        calendar.put(2, 5, 200);
        calendar.put(3, 10, 900);
        calendar.put(4, 1, 10);
        calendar.put(6, 5, 200);
        calendar.put(5, 5, 200);

        assertThat(calendar.take(1_000, 1, 10, 10, 1)).containsExactly(3, 2, 5, 6, 1, 4);
    }

    @Test
    void whatIsNotDueStays() {
        calendar.put(1, 10, 1_001);
        calendar.put(2, 1, 1_000);

        assertThat(calendar.take(1_000, 1, 10, 10, 50)).containsExactly(2);
        assertThat(calendar.size()).isEqualTo(2);
        assertThat(calendar.flying()).isEqualTo(1);
    }

    @Test
    void nothingIsTakenTwiceWhileItsLeaseRuns() {
        calendar.put(1, 5, 0);

        assertThat(calendar.take(100, 1, 10, 10, 50)).containsExactly(1);
        assertThat(calendar.take(149, 1, 10, 10, 50)).isEmpty();
        assertThat(calendar.take(150, 1, 10, 10, 50)).containsExactly(1);
    }

    @Test
    void whatIsGivenBackKeepsItsDueTime() {
        calendar.put(1, 5, 7);
        calendar.put(2, 5, 8);
        assertThat(calendar.take(100, 1, 10, 1, 50)).containsExactly(1);

        assertThat(calendar.giveBack(1)).isTrue();
        assertThat(calendar.giveBack(1)).isFalse();
        assertThat(calendar.giveBack(99)).isFalse();

        assertThat(calendar.take(100, 1, 10, 10, 50)).containsExactly(1, 2);
    }

    @Test
    void puttingEndsTheFlight() {
        calendar.put(1, 5, 0);
        calendar.take(100, 1, 10, 1, 50);

        calendar.put(1, 9, 120);

        assertThat(calendar.flying()).isZero();
        assertThat(calendar.take(119, 1, 10, 1, 50)).isEmpty();
        assertThat(calendar.take(120, 1, 10, 1, 50)).containsExactly(1);
    }

    @Test
    void whatIsRemovedDoesNotComeBack() {
        calendar.put(1, 5, 0);
        calendar.put(2, 5, 0);
        calendar.take(1, 1, 10, 1, 10);

        assertThat(calendar.remove(1)).isTrue();
        assertThat(calendar.remove(2)).isTrue();
        assertThat(calendar.remove(3)).isFalse();

        assertThat(calendar.take(1_000, 1, 10, 10, 10)).isEmpty();
        assertThat(calendar.size()).isZero();
        assertThat(calendar.contains(1)).isFalse();
    }

    @Test
    void whatWaitsIsHastenedAndWhatFliesIsNot() {
        calendar.put(1, 2, 900);
        calendar.put(2, 5, 0);
        calendar.put(3, 9, 0);
        assertThat(calendar.take(100, 1, 10, 1, 50)).containsExactly(3);

        assertThat(calendar.hasten(1, 10, 120)).isTrue();
        assertThat(calendar.hasten(3, 10, 149)).isFalse();
        assertThat(calendar.hasten(4, 10, 149)).isFalse();

        assertThat(calendar.take(119, 1, 10, 1, 50)).containsExactly(2);
        assertThat(calendar.take(120, 1, 10, 1, 50)).containsExactly(1);
        assertThat(calendar.size()).isEqualTo(3);
    }

    @Test
    void aFlightThatIsOverIsHastened() {
        calendar.put(1, 2, 0);
        calendar.take(100, 1, 10, 1, 50);

        assertThat(calendar.hasten(1, 10, 150)).isTrue();

        assertThat(calendar.flying()).isZero();
        assertThat(calendar.take(0, 1, 10, 1, 50)).containsExactly(1);
    }

    @Test
    void whatIsDueAlreadyKeepsItsPlaceAmongItsLike() {
        calendar.put(2, 3, 10);
        calendar.put(1, 3, 20);

        assertThat(calendar.hasten(1, 8, 100)).isTrue();
        assertThat(calendar.hasten(2, 8, 100)).isTrue();

        assertThat(calendar.take(100, 1, 10, 2, 50)).containsExactly(2, 1);
    }

    @Test
    void aLeaseBeyondTheEndOfTimeDoesNotOverflow() {
        calendar.put(1, 5, 0);

        assertThat(calendar.take(Long.MAX_VALUE - 1, 1, 10, 1, Long.MAX_VALUE)).containsExactly(1);
        assertThat(calendar.take(Long.MAX_VALUE - 1, 1, 10, 1, 1)).isEmpty();
    }

    @Test
    void priorityAndLeaseAreChecked() {
        assertThatThrownBy(() -> calendar.put(1, 11, 0)).hasMessage("priority: 11 (expected: 1..10)");
        calendar.put(1, 1, 0);
        assertThatThrownBy(() -> calendar.hasten(1, 0, 0)).hasMessage("priority: 0 (expected: 1..10)");
        assertThatThrownBy(() -> calendar.take(0, 1, 10, 1, 0)).hasMessage("leaseMillis: 0 (expected: >= 1)");
        assertThatThrownBy(() -> calendar.take(0, 3, 2, 1, 1))
                .hasMessage("priorities: 3 to 2 (expected: a range within 1..10)");
        assertThatThrownBy(() -> calendar.take(0, 0, 2, 1, 1))
                .hasMessage("priorities: 0 to 2 (expected: a range within 1..10)");
    }

    @Test
    void aMillionEntriesNeedLessThanSixtyMegabytes() {
        for (int i = 0; i < 1_000_000; i++) {
            calendar.put(i + 1L, 1 + i % 10, i);
        }
        assertThat(calendar.footprint()).isLessThan(60_000_000);

        DueCalendar reserved = new DueCalendar();
        reserved.reserve(1_000_000);
        for (int i = 0; i < 1_000_000; i++) {
            reserved.put(i + 1L, 5, 1_000_000 - i);
        }
        assertThat(reserved.footprint()).isLessThan(37_000_000);
        assertThat(reserved.take(Long.MAX_VALUE, 1, 10, 3, 1)).containsExactly(1_000_000, 999_999, 999_998);
    }

    /** Compares with a plain list sorted anew for every take. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 20_260_101})
    void itBehavesLikeASortedList(long seed) {
        Random random = new Random(seed);
        Map<Long, Plain> plain = new HashMap<>();
        long now = 0;
        for (int step = 0; step < 20_000; step++) {
            long key = random.nextInt(500) * 7_919L - 1_000_000;
            switch (random.nextInt(9)) {
                case 0, 1, 2, 3 -> {
                    int level = 1 + random.nextInt(10);
                    long due = now + random.nextInt(200) - 100;
                    calendar.put(key, level, due);
                    plain.put(key, new Plain(key, level, due, Long.MIN_VALUE));
                }
                case 4 -> assertThat(calendar.remove(key)).isEqualTo(plain.remove(key) != null);
                case 5 -> {
                    Plain entry = plain.get(key);
                    if (entry == null || entry.leaseEnd == Long.MIN_VALUE) {
                        assertThat(calendar.giveBack(key)).isFalse();
                    } else {
                        assertThat(calendar.giveBack(key)).isTrue();
                        plain.put(key, new Plain(key, entry.level, entry.due, Long.MIN_VALUE));
                    }
                }
                case 6 -> {
                    int level = 1 + random.nextInt(10);
                    Plain entry = plain.get(key);
                    if (entry == null || entry.leaseEnd > now) {
                        assertThat(calendar.hasten(key, level, now)).isFalse();
                    } else {
                        assertThat(calendar.hasten(key, level, now)).isTrue();
                        plain.put(key, new Plain(key, level, Math.min(entry.due, now), Long.MIN_VALUE));
                    }
                }
                default -> {
                    now += random.nextInt(20);
                    int lowest = 1 + random.nextInt(10);
                    int highest = lowest + random.nextInt(11 - lowest);
                    int limit = random.nextInt(12);
                    int lease = 1 + random.nextInt(60);
                    assertThat(calendar.take(now, lowest, highest, limit, lease))
                            .containsExactly(take(plain, now, lowest, highest, limit, lease));
                    assertBacklog(plain, now);
                }
            }
            assertThat(calendar.size()).isEqualTo(plain.size());
        }
    }

    private void assertBacklog(Map<Long, Plain> plain, long now) {
        for (int level = 1; level <= DueCalendar.HIGHEST_PRIORITY; level++) {
            int of = level;
            List<Long> waiting = plain.values().stream()
                    .filter(entry -> entry.level == of && entry.leaseEnd <= now)
                    .map(Plain::due)
                    .toList();
            assertThat(calendar.due(level, now))
                    .isEqualTo((int) waiting.stream().filter(due -> due <= now).count());
            assertThat(calendar.oldestDueAtMillis(level))
                    .isEqualTo(waiting.stream().mapToLong(due -> due).min().orElse(Long.MAX_VALUE));
        }
    }

    private static long[] take(Map<Long, Plain> plain, long now, int lowest, int highest, int limit, long lease) {
        List<Plain> due = new ArrayList<>();
        for (Plain entry : plain.values()) {
            boolean asked = entry.level >= lowest && entry.level <= highest;
            if (asked && entry.due <= now && entry.leaseEnd <= now) {
                due.add(entry);
            }
        }
        due.sort(Comparator.comparingInt((Plain entry) -> -entry.level)
                .thenComparingLong(Plain::due)
                .thenComparingLong(Plain::key));
        long[] keys = due.stream().limit(limit).mapToLong(Plain::key).toArray();
        plain.replaceAll((key, entry) -> entry.leaseEnd != Long.MIN_VALUE && entry.leaseEnd <= now
                ? new Plain(key, entry.level, entry.due, Long.MIN_VALUE)
                : entry);
        for (long key : keys) {
            Plain entry = requireNonNull(plain.get(key));
            plain.put(key, new Plain(key, entry.level, entry.due, now + lease));
        }
        return keys;
    }

    private record Plain(long key, int level, long due, long leaseEnd) {}
}
