package dev.sluice.pool;

import static dev.sluice.pool.Entries.NOW;
import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proxy.Health;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pages of the pool in an order. */
final class RankingTest {
    private final FeedbackBook feedback = new FeedbackBook(1_000, 10);
    private final Pool pool = new Pool(feedback, () -> false, Duration.ofSeconds(1), Runnable::run, () -> NOW);

    private static PooledProxy planned(PooledProxy proxy, long nextCheckAtMillis) {
        Health health = proxy.health();
        return new PooledProxy(
                proxy.id(),
                proxy.key(),
                new Health(
                        health.alive(),
                        health.active(),
                        health.verified(),
                        health.capabilities(),
                        health.anonymity(),
                        health.tampering(),
                        health.exitAddress(),
                        health.tier(),
                        health.risk(),
                        health.priority(),
                        nextCheckAtMillis,
                        health.checkEveryMillis(),
                        health.stateSinceMillis(),
                        health.lastCheckedAtMillis(),
                        health.lastAliveAtMillis(),
                        health.successRate(),
                        health.latencyMillis(),
                        health.consecutiveFailures(),
                        health.checks(),
                        health.successes(),
                        health.uses(),
                        health.lastReason(),
                        health.version()),
                proxy.location(),
                proxy.lists());
    }

    private List<Served> toTheEnd(Filter filter, Ranking.By by, boolean descending, int limit) {
        List<Served> all = new ArrayList<>();
        Ranking.Rank at = null;
        do {
            Ranking.Page page = pool.rank(pool.select(filter), by, descending, at, limit);
            assertThat(page.proxies()).hasSizeLessThanOrEqualTo(limit);
            all.addAll(page.proxies());
            at = page.next();
        } while (at != null);
        return all;
    }

    private static Comparator<Served> order(Ranking.By by) {
        return switch (by) {
            case ID -> Comparator.comparingLong(Served::id);
            case REPUTATION -> Comparator.comparingDouble(Served::reputation);
            case LATENCY -> Comparator.comparingDouble(Served::latencyMillis);
            case LAST_CHECKED -> Comparator.comparingLong(Served::lastCheckedAtMillis);
            case NEXT_CHECK -> Comparator.comparingLong(Served::nextCheckAtMillis);
            case TIER -> Comparator.comparing(Served::tier, Comparator.comparingInt(Tier::number));
        };
    }

    @ParameterizedTest
    @EnumSource(Ranking.By.class)
    void pagesAreWhatSortingEverythingGives(Ranking.By by) {
        long seed = System.nanoTime();
        System.out.println("pagesAreWhatSortingEverythingGives: seed " + seed);
        Random random = new Random(seed);
        for (int id = 1; id <= 500; id++) {
            pool.put(planned(
                    entry(id)
                            .latency(random.nextInt(5) * 500)
                            .successRate(random.nextInt(10) / 10.0)
                            .checkedAt(NOW - random.nextInt(20))
                            .country(random.nextBoolean() ? "DE" : "FR")
                            .verified(random.nextInt(5) == 0 ? Verified.CONNECT : Verified.FULL)
                            .tier(random.nextInt(4) == 0 ? Tier.AT_RISK : Tier.ACTIVE)
                            .pooled(),
                    NOW + random.nextInt(20)));
        }
        Filter german = Filter.parse(Map.of("country", "DE", "exclude", "127.0.0.7:8080,127.0.0.8:8080"));
        for (boolean descending : new boolean[] {false, true}) {
            for (Filter filter : List.of(Filter.ALL, german)) {
                Selection selection = pool.select(filter);
                Comparator<Served> up = order(by).thenComparingLong(Served::id);
                List<Long> expected = new ArrayList<>();
                for (long id : pool.ids()) {
                    expected.add(id);
                }
                expected.removeIf(id -> !selection.matches(served(id), true, NOW));
                expected.sort(Comparator.comparing(this::served, descending ? up.reversed() : up));
                int limit = 1 + random.nextInt(100);

                assertThat(toTheEnd(filter, by, descending, limit))
                        .as("seed %d", seed)
                        .extracting(Served::id)
                        .isEqualTo(expected);
                assertThat(pool.rank(selection, by, descending, null, limit).total())
                        .isEqualTo(expected.size());
            }
        }
    }

    private Served served(long id) {
        Served served = pool.served(id);
        if (served == null) {
            throw new AssertionError(id + " is not in the pool");
        }
        return served;
    }

    @Test
    void whatHasNoLatencyComesLastUpAndDown() {
        pool.put(entry(1).latency(Double.NaN).pooled());
        pool.put(entry(2).latency(5).pooled());
        pool.put(entry(3).latency(0).pooled());

        assertThat(toTheEnd(Filter.ALL, Ranking.By.LATENCY, false, 1))
                .extracting(Served::id)
                .containsExactly(3L, 2L, 1L);
        assertThat(toTheEnd(Filter.ALL, Ranking.By.LATENCY, true, 1))
                .extracting(Served::id)
                .containsExactly(2L, 3L, 1L);
    }

    @Test
    void nothingIsAPageWithoutAnother() {
        assertThat(pool.rank(pool.select(Filter.ALL), Ranking.By.ID, false, null, 5))
                .isEqualTo(new Ranking.Page(List.of(), null, 0));
    }

    // What would be chosen.

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void whatIsForeseenIsHowOftenItIsPicked(Strategy strategy) {
        long seed = System.nanoTime();
        System.out.println("whatIsForeseenIsHowOftenItIsPicked: seed " + seed);
        for (String application : new String[] {null, "crawler"}) {
            Pool fresh = new Pool(feedback, () -> false, Duration.ofSeconds(1), Runnable::run, () -> NOW);
            for (int id = 1; id <= 12; id++) {
                fresh.put(entry(id).latency(100 * id).successRate(id / 12.0).pooled());
            }
            for (int report = 0; report < 4; report++) {
                feedback.record("crawler", 3, true, NOW + report);
                feedback.record("crawler", 4, false, NOW + report);
                feedback.record("crawler", 12, false, NOW + report);
            }
            frequencies(fresh, strategy, application, seed);
        }
    }

    private static void frequencies(Pool pool, Strategy strategy, @Nullable String application, long seed) {
        Selection selection = pool.select(Filter.ALL);
        Random random = new Random(seed);
        boolean draws = strategy.draws();
        // What keeps to an order is foreseen pick by pick: those in turn change with each.
        int picks = draws ? 60_000 : 24;
        Map<Long, Double> foreseen = new HashMap<>();
        Map<Long, Integer> picked = new HashMap<>();
        Foresight before = pool.foresee(selection, strategy, application, 20);
        assertThat(before.matching()).isEqualTo(12);
        assertThat(before.candidates().stream()
                        .mapToDouble(Foresight.Candidate::probability)
                        .sum())
                .isBetween(0.999999, 1.000001);
        before.candidates().forEach(each -> foreseen.put(each.proxy().id(), each.probability()));
        for (int i = 0; i < picks; i++) {
            Served next = pool.pick(selection, strategy, application, random);
            assertThat(next).isNotNull();
            picked.merge(Objects.requireNonNull(next).id(), 1, Integer::sum);
            if (strategy == Strategy.ROUND_ROBIN || strategy == Strategy.LEAST_RECENTLY_USED) {
                if (i == 0) {
                    assertThat(before.candidates().get(0).proxy().id()).isEqualTo(next.id());
                }
                assertThat(pool.foresee(selection, strategy, application, 20))
                        .as("looking changes nothing")
                        .isNotNull();
            }
        }
        if (draws) {
            for (Map.Entry<Long, Double> each : foreseen.entrySet()) {
                double often = picked.getOrDefault(each.getKey(), 0) / (double) picks;
                assertThat(often)
                        .as("seed %d: %s", seed, each)
                        .isBetween(each.getValue() - 0.02, each.getValue() + 0.02);
            }
        } else if (strategy == Strategy.BEST_REPUTATION || strategy == Strategy.FASTEST_RESPONSE) {
            picked.keySet().forEach(id -> assertThat(foreseen.get(id)).isGreaterThan(0));
        }
    }

    @Test
    void lookingTakesNoTurn() {
        for (int id = 1; id <= 5; id++) {
            pool.put(entry(id).pooled());
        }
        Selection all = pool.select(Filter.ALL);
        Random random = new Random(1);
        for (Strategy strategy : List.of(Strategy.ROUND_ROBIN, Strategy.LEAST_RECENTLY_USED)) {
            for (int i = 0; i < 12; i++) {
                Foresight one = pool.foresee(all, strategy, null, 5);
                Foresight two = pool.foresee(all, strategy, null, 5);
                assertThat(ids(two)).isEqualTo(ids(one));
                Served picked = pool.pick(all, strategy, null, random);
                if (i > 0) {
                    assertThat(picked).isNotNull();
                    assertThat(Objects.requireNonNull(picked).id()).isEqualTo(ids(one).get(0));
                }
            }
        }
        assertThat(pool.views()).as("views of looks").isEqualTo(1);
    }

    private static List<Long> ids(Foresight foresight) {
        return foresight.candidates().stream().map(each -> each.proxy().id()).toList();
    }

    @Test
    void whereNothingMatchesTheNearestFiltersThatLeaveSomethingAreTold() {
        pool.put(entry(1).country("DE").tier(Tier.AT_RISK).pooled());
        pool.put(entry(2).country("FR").tier(Tier.ACTIVE).pooled());
        pool.put(entry(3).country("FR").tier(Tier.ACTIVE).pooled());

        Foresight near =
                pool.foresee(pool.select(Filter.parse(Map.of("country", "DE", "tier", "1"))), Strategy.RANDOM, null, 5);
        assertThat(near.matching()).isZero();
        assertThat(near.relaxations())
                .containsExactly(
                        new Foresight.Relaxation(List.of("country"), 2), new Foresight.Relaxation(List.of("tier"), 1));
        assertThat(near.filters().steps()).extracting(Explanation.Step::left).containsExactly(3, 3, 1, 0);

        Foresight far =
                pool.foresee(pool.select(Filter.parse(Map.of("country", "US", "tier", "3"))), Strategy.RANDOM, null, 5);
        assertThat(far.relaxations()).containsExactly(new Foresight.Relaxation(List.of("country", "tier"), 3));

        Foresight excluded = pool.foresee(
                pool.select(Filter.parse(Map.of("country", "DE", "exclude", "127.0.0.1:8080"))),
                Strategy.RANDOM,
                null,
                5);
        assertThat(excluded.matching()).isZero();
        assertThat(excluded.relaxations())
                .containsExactlyInAnyOrder(
                        new Foresight.Relaxation(List.of("country"), 2),
                        new Foresight.Relaxation(List.of("exclude"), 1));
    }

    @Test
    void whatFailsForTheApplicationIsHeldBack() {
        pool.put(entry(1).latency(10).pooled());
        pool.put(entry(2).latency(1_000).pooled());
        for (int i = 0; i < 3; i++) {
            feedback.record("crawler", 1, false, NOW + i);
        }
        Foresight mine = pool.foresee(pool.select(Filter.ALL), Strategy.FASTEST_RESPONSE, "crawler", 5);

        assertThat(ids(mine)).containsExactly(2L, 1L);
        assertThat(mine.heldBack()).isEqualTo(1);
        assertThat(mine.candidates().get(0).probability()).isEqualTo(1);
        assertThat(mine.candidates().get(1).heldBack()).isTrue();
        assertThat(ids(pool.foresee(pool.select(Filter.ALL), Strategy.FASTEST_RESPONSE, "other", 5)))
                .containsExactly(1L, 2L);
    }
}
