package dev.sluice.store;

import static dev.sluice.store.ProxyStoreContract.await;
import static dev.sluice.store.ProxyStoreContract.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.port.ProxyHistory;
import dev.sluice.port.ProxyHistory.Check;
import dev.sluice.port.ProxyHistory.Day;
import dev.sluice.port.ProxyHistory.Event;
import dev.sluice.port.ProxyHistory.Move;
import dev.sluice.port.SeriesHistory;
import dev.sluice.port.SeriesHistory.Bucket;
import dev.sluice.port.SeriesHistory.Dimension;
import dev.sluice.port.SeriesHistory.Tally;
import dev.sluice.port.SeriesHistory.Width;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.store.CheckBatch.Noted;
import dev.sluice.store.HistoryRecords.Step;
import dev.sluice.store.HistoryRecords.Trim;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/** What SQL databases promise of histories. */
interface HistoryContract {
    /** Midnight, UTC. */
    long DAY_START = 1_577_836_800_000L;

    long A_DAY = 86_400_000L;
    HistoryLimits LIMITS = new HistoryLimits(Duration.ofDays(30), 400, Duration.ZERO);

    /** The store of this test. */
    ProxyStore store();

    /** Closes the store and opens it on what this test has stored so far. */
    void reopen() throws Exception;

    /** First cell of a result. */
    String query(String sql) throws Exception;

    /** Runs a statement beside the store. */
    void sql(String statement) throws Exception;

    private HistoryRecords history() {
        return store().history();
    }

    private void happened(long number, Noted... events) throws Exception {
        await(store().write(List.of(), new CheckBatch("one", number, List.of(events))));
    }

    private static Noted good(long id, long atMillis, int latency) {
        return new Noted(id, new Check(atMillis, FailureReason.NONE, latency));
    }

    private static Noted bad(long id, long atMillis, FailureReason reason) {
        return new Noted(id, new Check(atMillis, reason, 0));
    }

    private ProxyHistory all(long id) throws Exception {
        return await(history().of(id, 0, 10_000));
    }

    private void foldAll(HistoryLimits limits, long nowMillis) throws Exception {
        Step step;
        do {
            step = await(history().fold(limits, nowMillis));
        } while (step.more());
    }

    @Test
    default void whatHappenedIsReadBeforeItIsFoldedAndAfterwards() throws Exception {
        happened(1, good(7, DAY_START + 1_000, 120), bad(8, DAY_START + 2_000, FailureReason.REFUSED));
        happened(
                2,
                bad(7, DAY_START + A_DAY, FailureReason.TLS),
                new Noted(7, new Move(DAY_START + A_DAY, Tier.ACTIVE, Tier.AT_RISK, TierReason.FIRST_FAILURE)));
        ProxyHistory before = all(7);

        assertThat(before.checks())
                .containsExactly(
                        new Check(DAY_START + A_DAY, FailureReason.TLS, 0),
                        new Check(DAY_START + 1_000, FailureReason.NONE, 120));
        assertThat(before.moves())
                .containsExactly(new Move(DAY_START + A_DAY, Tier.ACTIVE, Tier.AT_RISK, TierReason.FIRST_FAILURE));
        int day = (int) (DAY_START / A_DAY);
        assertThat(before.days()).containsExactly(new Day(day + 1, 1, 0, 0, 0), new Day(day, 1, 1, 120, 120));
        assertThat(before.summary()).isEqualTo(new ProxyHistory.Summary(2, 1, 120, 120, 120, 120));

        foldAll(LIMITS, DAY_START + 2 * A_DAY);

        assertThat(query("SELECT count(*) FROM check_batch")).isEqualTo("0");
        assertThat(all(7)).isEqualTo(before);
        assertThat(all(8).checks()).containsExactly(new Check(DAY_START + 2_000, FailureReason.REFUSED, 0));
        assertThat(all(9).checks()).isEmpty();
        happened(3, good(7, DAY_START + 2 * A_DAY, 90));
        assertThat(all(7).checks()).hasSize(3).startsWith(new Check(DAY_START + 2 * A_DAY, FailureReason.NONE, 90));
    }

    @Test
    default void limitAndSinceBoundWhatIsRead() throws Exception {
        for (int i = 1; i <= 20; i++) {
            happened(i, good(7, DAY_START + i * 1_000L, i));
        }

        ProxyHistory found = await(history().of(7, DAY_START + 11_000, 3));

        assertThat(found.checks()).extracting(Check::latencyMillis).containsExactly(20, 19, 18);
        assertThat(found.summary().checks()).isEqualTo(10);
        assertThat(failure(history().of(7, 0, 0))).hasMessageContaining("limit: 0");
        assertThat(failure(history().of(7, 0, 10_001))).hasMessageContaining("limit: 10001");
    }

    @Test
    default void aBatchThatIsTriedAgainCountsOnce() throws Exception {
        happened(1, good(7, DAY_START, 100));
        happened(1, good(7, DAY_START, 100));
        foldAll(LIMITS, DAY_START);
        happened(1, good(7, DAY_START, 100));
        await(store().write(List.of(), new CheckBatch("two", 1, List.of(good(7, DAY_START + 1_000, 5)))));

        assertThat(all(7).checks()).extracting(Check::latencyMillis).containsExactly(5, 100);
    }

    @Test
    default void batchesThatAreNoneAreRefused() throws Exception {
        assertThat(failure(store().write(List.of(), new CheckBatch("", 1, List.of(good(7, DAY_START, 1))))))
                .hasMessageContaining("writer");
        assertThat(failure(store().write(List.of(), new CheckBatch("one", 1, List.of(good(0, DAY_START, 1))))))
                .hasMessageContaining("number of a proxy: 0");
    }

    @Test
    default void youngBatchesWait() throws Exception {
        happened(1, good(7, DAY_START, 100));
        HistoryLimits patient = new HistoryLimits(Duration.ofDays(30), 400, Duration.ofMinutes(15));

        assertThat(await(history().fold(patient, DAY_START + 60_000))).isEqualTo(Step.NONE);
        assertThat(await(history().fold(patient, DAY_START + 15 * 60_000)).more())
                .isTrue();
    }

    @Test
    default void foldingStepByStepLosesAndDoublesNothing() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        RandomGenerator random = RandomGeneratorFactory.of("SplittableRandom").create(seed);
        Map<Long, List<Event>> expected = new TreeMap<>();
        long now = DAY_START;
        for (int batch = 1; batch <= 60; batch++) {
            List<Noted> events = new ArrayList<>();
            for (int i = random.nextInt(1, 80); i > 0; i--) {
                now += random.nextLong(0, 30_000);
                // Now and then one that ended earlier: another instance saw it.
                long at = (now - (random.nextInt(10) == 0 ? random.nextLong(3_600_000) : 0)) / 1_000 * 1_000;
                long id = random.nextInt(5) == 0 ? 3 : random.nextLong(1, 3_000);
                events.add(random.nextBoolean() ? good(id, at, random.nextInt(5_000)) : bad(id, at, FailureReason.DNS));
            }
            events.forEach(noted -> expected.computeIfAbsent(noted.proxyId(), id -> new ArrayList<>())
                    .add(noted.event()));
            happened(batch, events.toArray(Noted[]::new));
            // Some steps and no more, as when the process ends in between.
            for (int steps = random.nextInt(3); steps > 0; steps--) {
                await(history().fold(LIMITS, now));
            }
            if (batch % 20 == 0) {
                reopen();
                same(expected, batch);
            }
        }
        foldAll(LIMITS, now);
        same(expected, 0);
        assertThat(Integer.parseInt(query("SELECT count(*) FROM check_segment")))
                .as("proxy 3 has many")
                .isPositive();
    }

    private void same(Map<Long, List<Event>> expected, int batch) throws Exception {
        for (Map.Entry<Long, List<Event>> entry : expected.entrySet()) {
            if (batch == 0 || entry.getKey() % 7 == 3) {
                assertThat(all(entry.getKey()).checks())
                        .as("proxy " + entry.getKey() + " after batch " + batch)
                        .containsExactlyInAnyOrderElementsOf(entry.getValue().stream()
                                .map(event -> (Check) event)
                                .toList());
            }
        }
    }

    @Test
    default void aStepThatFailsLeavesEverythingAsItWas() throws Exception {
        for (int i = 1; i <= 300; i++) {
            happened(i, good(7, DAY_START + i * 1_000L, 5_000), bad(i + 7, DAY_START + i, FailureReason.RESET));
        }
        ProxyHistory before = all(7);
        // One table after the other is missing: each step fails at another place.
        for (String table : List.of("check_writer", "check_history", "check_segment")) {
            sql("ALTER TABLE " + table + " RENAME TO lost");
            Exception failed = null;
            try {
                foldAll(LIMITS, DAY_START + A_DAY);
            } catch (Exception e) {
                failed = e;
            }
            assertThat(failed).as(table).isNotNull();
            sql("ALTER TABLE lost RENAME TO " + table);
            reopen();
            assertThat(all(7)).as(table).isEqualTo(before);
        }

        foldAll(LIMITS, DAY_START + A_DAY);

        assertThat(all(7)).isEqualTo(before);
        assertThat(query("SELECT count(*) FROM check_segment")).isNotEqualTo("0");
    }

    @Test
    default void checksBeyondTheRetentionLiveOnAsDays() throws Exception {
        HistoryLimits brief = new HistoryLimits(Duration.ofDays(2), 5, Duration.ZERO);
        int day = (int) (DAY_START / A_DAY);
        for (int i = 0; i < 8; i++) {
            long at = DAY_START + i * A_DAY + 1_000;
            happened(
                    i + 1,
                    good(7, at, 100 + i),
                    bad(7, at + 1_000, FailureReason.RESET),
                    new Noted(7, new Move(at, Tier.ACTIVE, Tier.AT_RISK, TierReason.FIRST_FAILURE)));
            foldAll(brief, at);
        }
        // Nothing is added to this one any more.
        foldAll(brief, DAY_START + 8 * A_DAY);
        trimAll(brief, DAY_START + 9 * A_DAY);

        ProxyHistory found = all(7);

        assertThat(found.checks())
                .extracting(Check::atMillis)
                .containsExactly(DAY_START + 7 * A_DAY + 2_000, DAY_START + 7 * A_DAY + 1_000);
        assertThat(found.days())
                .containsExactly(
                        new Day(day + 7, 2, 1, 107, 107),
                        new Day(day + 6, 2, 1, 106, 106),
                        new Day(day + 5, 2, 1, 105, 105),
                        new Day(day + 4, 2, 1, 104, 104));
        assertThat(found.moves()).extracting(Move::atMillis).allMatch(at -> at >= DAY_START + 4 * A_DAY);

        trimAll(brief, DAY_START + 20 * A_DAY);

        assertThat(query("SELECT count(*) FROM check_history")).isEqualTo("0");
    }

    private void trimAll(HistoryLimits limits, long nowMillis) throws Exception {
        long after = 0;
        Trim trim;
        do {
            trim = await(history().trim(limits, nowMillis, after, 2));
            after = trim.lastId();
        } while (trim.more());
    }

    @Test
    default void sealedChecksGrowOldToo() throws Exception {
        List<Noted> many = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            many.add(good(7, DAY_START + i * 1_000L, 3_000));
        }
        happened(1, many.toArray(Noted[]::new));
        happened(2, bad(8, DAY_START, FailureReason.DNS));
        foldAll(LIMITS, DAY_START);
        assertThat(query("SELECT count(*) FROM check_segment")).isNotEqualTo("0");
        List<Day> days = all(7).days();

        trimAll(LIMITS, DAY_START + 31 * A_DAY);

        assertThat(query("SELECT count(*) FROM check_segment")).isEqualTo("0");
        assertThat(all(7).checks()).isEmpty();
        assertThat(all(7).days()).isEqualTo(days);
        assertThat(days.get(0).checks()).isEqualTo(1_000);
    }

    @Test
    default void theOldestChecksGoFirstWhenRoomIsNeeded() throws Exception {
        List<Noted> many = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            many.add(good(7, DAY_START + i * 1_000L, 3_000));
        }
        happened(1, many.toArray(Noted[]::new));
        foldAll(LIMITS, DAY_START);
        happened(2, good(7, DAY_START + A_DAY, 1));

        assertThat(await(history().shorten())).isPositive();
        assertThat(all(7).checks())
                .hasSizeLessThan(1_000)
                .contains(new Check(DAY_START + A_DAY, FailureReason.NONE, 1));
        assertThat(await(history().shorten())).isPositive();
        assertThat(await(history().shorten())).isPositive();

        assertThat(await(history().shorten())).isZero();
        assertThat(all(7).checks()).isEmpty();
        happened(3, good(7, DAY_START + 2 * A_DAY, 1));
        assertThat(all(7).checks()).hasSize(1);
    }

    @Test
    default void historiesSurviveTheWayDownAndUp() throws Exception {
        happened(1, good(7, DAY_START, 100));
        foldAll(LIMITS, DAY_START);
        happened(2, good(7, DAY_START + 1_000, 200));
        ProxyHistory before = all(7);

        downAndUp();

        assertThat(all(7)).isEqualTo(before);
        happened(2, good(7, DAY_START + 1_000, 200));
        assertThat(all(7)).as("the number of the last batch is remembered").isEqualTo(before);
    }

    /** Takes the newest step of the schema back and forth. */
    void downAndUp() throws Exception;

    private static Bucket bucket(Width width, long start, String writer, String name, int checks) {
        Tally tally = new Tally();
        for (int i = 0; i < checks; i++) {
            tally.succeeded(100 + i);
        }
        tally.failed();
        tally.sampled(10, 20);
        return new Bucket(Dimension.COUNTRY, width, start, writer, Map.of(name, tally));
    }

    @Test
    default void aBucketThatIsWrittenAgainIsReplaced() throws Exception {
        SeriesHistory series = history().series();
        await(series.put(List.of(bucket(Width.HOUR, DAY_START, "one", "DE", 3))));
        await(series.put(List.of(
                bucket(Width.HOUR, DAY_START, "one", "DE", 5),
                bucket(Width.HOUR, DAY_START, "two", "DE", 7),
                bucket(Width.HOUR, DAY_START + 3_600_000, "one", "D\u00c9", 1),
                bucket(Width.DAY, DAY_START, "one", "DE", 9))));
        await(series.put(List.of()));

        List<Bucket> found = await(series.read(Dimension.COUNTRY, Width.HOUR, DAY_START, DAY_START + 3_600_001));

        assertThat(found).extracting(Bucket::writer).containsExactly("one", "two", "one");
        assertThat(found).extracting(Bucket::startMillis).containsExactly(DAY_START, DAY_START, DAY_START + 3_600_000);
        Tally tally = found.get(0).tallies().get("DE");
        assertThat(Objects.requireNonNull(tally).checks()).isEqualTo(6);
        assertThat(tally.successes()).isEqualTo(5);
        assertThat(tally.samples()).isEqualTo(1);
        assertThat(tally.servedSum()).isEqualTo(10);
        assertThat(tally.storedSum()).isEqualTo(20);
        assertThat(tally.latencies().count()).isEqualTo(5);
        assertThat(tally.latencies().percentile(50)).isBetween(90.0, 110.0);
        assertThat(found.get(2).tallies()).containsOnlyKeys("D\u00c9");
        assertThat(await(series.read(Dimension.SOURCE, Width.HOUR, DAY_START, DAY_START + 1)))
                .isEmpty();
        assertThat(failure(series.put(List.of(bucket(Width.HOUR, DAY_START + 1, "one", "DE", 1)))))
                .hasMessageContaining("multiple");
    }

    @Test
    default void oldBucketsGo() throws Exception {
        SeriesHistory series = history().series();
        await(series.put(List.of(
                bucket(Width.FIVE_MINUTES, DAY_START, "one", "DE", 1),
                bucket(Width.HOUR, DAY_START, "one", "DE", 1),
                bucket(Width.DAY, DAY_START, "one", "DE", 1))));

        assertThat(await(series.prune(DAY_START + 2 * A_DAY, 100))).isZero();
        assertThat(await(series.prune(DAY_START + 3 * A_DAY, 100))).isEqualTo(1);
        assertThat(await(series.prune(DAY_START + 36 * A_DAY, 100))).isEqualTo(1);
        assertThat(await(series.prune(DAY_START + 401 * A_DAY, 100))).isEqualTo(1);
    }
}
