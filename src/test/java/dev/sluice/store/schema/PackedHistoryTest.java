package dev.sluice.store.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.port.ProxyHistory.Check;
import dev.sluice.port.ProxyHistory.Day;
import dev.sluice.port.ProxyHistory.Event;
import dev.sluice.port.ProxyHistory.Move;
import dev.sluice.port.SeriesHistory.Tally;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.store.CheckBatch.Noted;
import dev.sluice.store.StoreException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PackedHistoryTest {
    private static final long START = 1_577_836_800_000L;
    private static final int FIRST_DAY = (int) (START / 86_400_000);
    private static final FailureReason[] REASONS = FailureReason.values();

    private final long seed = System.nanoTime();
    private final SplittableRandom random = new SplittableRandom(seed);

    private Check check(long atMillis) {
        FailureReason reason = random.nextBoolean() ? FailureReason.NONE : REASONS[random.nextInt(REASONS.length)];
        return new Check(atMillis, reason, reason == FailureReason.NONE ? latency() : 0);
    }

    private int latency() {
        return random.nextInt(50) == 0 ? Check.LONGEST_MILLIS : random.nextInt(20_000);
    }

    private Move move(long atMillis) {
        Tier from = Tier.ofNumber(random.nextInt(1, 5));
        Tier to = Tier.ofNumber(from.number() % 4 + 1);
        TierReason[] reasons = TierReason.values();
        return new Move(atMillis, from, to, reasons[random.nextInt(reasons.length)]);
    }

    /** Whole seconds, some of them the same. */
    private long later(long atMillis) {
        return atMillis + random.nextLong(0, 200) * random.nextLong(0, 400) * 1_000;
    }

    @Test
    void batchesComeBackAsTheyWere() {
        System.out.println("seed " + seed);
        for (int round = 0; round < 200; round++) {
            List<Noted> noted = new ArrayList<>();
            long at = START;
            for (int i = random.nextInt(1, 300); i > 0; i--) {
                at = later(at);
                long id = random.nextInt(10) == 0 ? Long.MAX_VALUE - random.nextInt(3) : random.nextLong(1, 200);
                noted.add(new Noted(id, random.nextInt(5) == 0 ? move(at) : check(at)));
            }
            PackedEvents packed = PackedEvents.of(noted);

            List<Noted> sorted = new ArrayList<>(noted);
            sorted.sort(Comparator.comparingLong(Noted::proxyId));
            assertThat(PackedEvents.unpack(packed.bytes())).isEqualTo(sorted);
            assertThat(packed.events()).isEqualTo(noted.size());
            assertThat(packed.firstId()).isEqualTo(sorted.get(0).proxyId());
            assertThat(packed.lastId()).isEqualTo(sorted.get(sorted.size() - 1).proxyId());
            long one = sorted.get(random.nextInt(sorted.size())).proxyId();
            assertThat(PackedEvents.unpack(packed.bytes(), one))
                    .isEqualTo(sorted.stream()
                            .filter(event -> event.proxyId() == one)
                            .map(Noted::event)
                            .toList());
            List<Noted> again = new ArrayList<>();
            PackedEvents.sort(List.of(packed.bytes()), 7).forEach(piece -> {
                assertThat(piece.events()).isBetween(1, 7);
                again.addAll(PackedEvents.unpack(piece.bytes()));
            });
            assertThat(again).isEqualTo(sorted);
        }
    }

    @Test
    void whateverIsAddedIsInTheRowOrSealed() {
        System.out.println("seed " + seed);
        for (int round = 0; round < 100; round++) {
            List<Check> all = new ArrayList<>();
            List<Move> moves = new ArrayList<>();
            List<PackedHistory.Segment> sealed = new ArrayList<>();
            PackedHistory row = new PackedHistory();
            long at = START;
            for (int fold = 0; fold < 40; fold++) {
                List<Event> events = new ArrayList<>();
                for (int i = random.nextInt(20); i > 0; i--) {
                    at = later(at);
                    // As when another instance's clock is behind.
                    Event event = random.nextInt(8) == 0
                            ? move(at)
                            : check(Math.max(START, random.nextInt(20) == 0 ? at - 7_000_000 : at));
                    events.add(event);
                }
                events.sort(Comparator.comparingLong(Event::atMillis));
                for (Event event : events) {
                    if (event instanceof Check check) {
                        all.add(check);
                    } else {
                        moves.add((Move) event);
                    }
                }
                sealed.addAll(row.add(events));
                row = new PackedHistory(row.lastAtSeconds(), row.checks(), row.days(), row.moves());
                assertThat(length(row.checks())).isLessThanOrEqualTo(PackedHistory.MOST_BYTES);
            }
            List<Check> found = new ArrayList<>();
            sealed.forEach(segment -> found.addAll(PackedHistory.checks(segment.checks())));
            found.addAll(PackedHistory.checks(Objects.requireNonNullElse(row.checks(), new byte[0])));
            assertThat(found).containsExactlyInAnyOrderElementsOf(all);
            List<Move> latest = moves.subList(Math.max(0, moves.size() - 100), moves.size());
            assertThat(PackedHistory.moves(Objects.requireNonNullElse(row.moves(), new byte[0])))
                    .containsExactlyInAnyOrderElementsOf(latest);
        }
    }

    /** Half an hour after the one before, and some seconds slow. */
    private static final int BYTES_OF_A_SUCCESS = 5;

    @Test
    void whatComesLateBesideWhatIsSealedKeepsItsTime() {
        PackedHistory row = new PackedHistory();
        List<Check> all = new ArrayList<>();
        List<PackedHistory.Segment> sealed = new ArrayList<>();
        long at = START;
        for (int i = 0; i < 200 || length(row.checks()) + BYTES_OF_A_SUCCESS <= PackedHistory.MOST_BYTES; i++) {
            at += 1_800_000;
            Check next = new Check(at, FailureReason.NONE, 5_000);
            all.add(next);
            sealed.addAll(row.add(List.of(next)));
        }
        Check late = new Check(at - 1_000_000, FailureReason.DNS, 0);
        List<Event> events = List.of(late, new Check(at + 1_800_000, FailureReason.NONE, 5_000));
        int before = sealed.size();
        sealed.addAll(row.add(events));
        assertThat(sealed).as("the last of them was one too many").hasSizeGreaterThan(before);
        Check last = new Check(at + 9_000_000, FailureReason.NONE, 7);
        sealed.addAll(row.add(List.of(last)));

        events.forEach(event -> all.add((Check) event));
        all.add(last);
        List<Check> found = new ArrayList<>();
        sealed.forEach(segment -> found.addAll(PackedHistory.checks(segment.checks())));
        found.addAll(PackedHistory.checks(Objects.requireNonNullElse(row.checks(), new byte[0])));
        assertThat(found).containsExactlyInAnyOrderElementsOf(all);
    }

    @Test
    void whatIsTrimmedIsInTheDays() {
        System.out.println("seed " + seed);
        for (int round = 0; round < 100; round++) {
            PackedHistory row = new PackedHistory();
            List<Check> all = new ArrayList<>();
            long at = START;
            List<PackedHistory.Segment> sealed = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                at = later(at);
                Check check = check(at);
                all.add(check);
                sealed.addAll(row.add(List.of(check)));
                if (random.nextInt(10) == 0) {
                    row.trim((at - random.nextLong(10_000_000)) / 1_000, FIRST_DAY);
                }
            }
            for (PackedHistory.Segment segment : sealed) {
                row.retire(segment.checks());
            }
            row.trim(at / 1_000 + 1, FIRST_DAY);

            assertThat(row.checks()).isNull();
            assertThat(PackedHistory.days(Objects.requireNonNull(row.days())))
                    .containsExactlyEntriesOf(PackedHistory.tally(all));
            assertThat(row.trim(at / 1_000 + 1, FIRST_DAY))
                    .as("nothing is left to do")
                    .isFalse();
            assertThat(row.trim(at / 1_000 + 1, Integer.MAX_VALUE)).isTrue();
            assertThat(row.isEmpty()).isTrue();
        }
    }

    @Test
    void aDeadProxyTakesThreeBytesACheckAndNextToNothingAYear() {
        PackedHistory row = new PackedHistory();
        for (int day = 0; day < 30; day++) {
            row.add(List.of(new Check(START + day * 86_400_000L, FailureReason.CONNECT_TIMEOUT, 0)));
        }
        assertThat(length(row.checks())).isLessThanOrEqualTo(30 * 3 + 6);

        row.trim(START / 1_000 + 86_400L * 365, FIRST_DAY);

        assertThat(row.checks()).isNull();
        assertThat(length(row.days())).isLessThanOrEqualTo(8);
        assertThat(PackedHistory.days(Objects.requireNonNull(row.days())))
                .hasSize(30)
                .containsEntry(FIRST_DAY + 29, new Day(FIRST_DAY + 29, 1, 0, 0, 0));
    }

    @Test
    void brokenBytesAreRefused() {
        byte[] packed = PackedEvents.of(List.of(new Noted(7, check(START)))).bytes();

        assertThatThrownBy(() -> PackedEvents.unpack(Arrays.copyOf(packed, packed.length - 1)))
                .isInstanceOf(StoreException.class);
        packed[0] = 9;
        assertThatThrownBy(() -> PackedEvents.unpack(packed))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("form 9 (expected: form 1)");
        assertThatThrownBy(() -> PackedSeries.unpack(new byte[] {1, 100, 'x'})).isInstanceOf(StoreException.class);
    }

    @Test
    void talliesComeBackAsTheyWere() {
        System.out.println("seed " + seed);
        for (int round = 0; round < 100; round++) {
            Map<String, Tally> tallies = new TreeMap<>();
            for (int i = random.nextInt(70); i > 0; i--) {
                Tally tally = new Tally();
                for (int check = random.nextInt(100); check > 0; check--) {
                    if (random.nextBoolean()) {
                        tally.failed();
                    } else {
                        tally.succeeded(Math.exp(random.nextDouble(-1, 14)));
                    }
                }
                tally.sampled(random.nextLong(1_000_000), random.nextLong(10_000_000));
                tallies.put("\u00e9" + random.nextInt(1_000), tally);
            }
            Map<String, Tally> found = PackedSeries.unpack(PackedSeries.pack(tallies));

            assertThat(found).containsOnlyKeys(tallies.keySet());
            found.forEach((name, tally) ->
                    assertThat(tally).usingRecursiveComparison().isEqualTo(tallies.get(name)));
        }
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }
}
