package dev.sluice.pool;

import static dev.sluice.pool.Entries.NOW;
import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the Javadoc of each {@link Strategy} promises. */
final class StrategyPromisesTest {
    private static final long SEED = 20_261_121;
    private static final Filter SOCKS = Filter.parse(Map.of("protocol", "socks5"));

    private final AtomicLong now = new AtomicLong(NOW);
    private final FeedbackBook feedback = new FeedbackBook(10_000, 16);
    private final Pool pool = new Pool(feedback, () -> false, Duration.ofMillis(250), Runnable::run, now::get);
    private final SplittableRandom random = new SplittableRandom(SEED);

    private void fill(int size) {
        for (int id = 1; id <= size; id++) {
            pool.put(entry(id).latency(id).pooled());
        }
    }

    private long pick(Strategy strategy) {
        return pick(Filter.ALL, strategy);
    }

    private long pick(Filter filter, Strategy strategy) {
        Served picked = pool.pick(filter, strategy, null, random);
        return picked == null ? 0 : picked.id();
    }

    private List<Long> picks(Strategy strategy, int count) {
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add(pick(strategy));
        }
        return ids;
    }

    // Round robin.

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 100, 5_000})
    void aRotationGivesEachMemberExactlyOnceAndThenBeginsAgain(int size) {
        fill(size);
        List<Long> first = picks(Strategy.ROUND_ROBIN, size);
        assertThat(new HashSet<>(first)).hasSize(size);
        assertThat(picks(Strategy.ROUND_ROBIN, size)).isEqualTo(first);
    }

    @Test
    void aRotationMixesWhatCameOneAfterTheOther() {
        fill(1_000);
        List<Long> order = picks(Strategy.ROUND_ROBIN, 1_000);
        int neighbours = 0;
        for (int i = 1; i < order.size(); i++) {
            neighbours += Math.abs(order.get(i) - order.get(i - 1)) == 1 ? 1 : 0;
        }
        assertThat(neighbours).isLessThan(100);
    }

    @Test
    void aRotationGoesOnWhereItStoodWhenMembersComeAndGo() {
        fill(100);
        Set<Long> given = new HashSet<>(picks(Strategy.ROUND_ROBIN, 60));
        long dead = given.iterator().next();
        pool.remove(dead);
        pool.put(entry(101).pooled());
        now.addAndGet(250);
        List<Long> rest = picks(Strategy.ROUND_ROBIN, 40);
        assertThat(rest).doesNotHaveDuplicates().doesNotContainAnyElementsOf(given);
    }

    @Test
    void severalPickedAtOnceAreTheNextInTheRotation() {
        fill(30);
        List<Long> order = picks(Strategy.ROUND_ROBIN, 30);
        List<Served> ten = pool.pick(Filter.ALL, Strategy.ROUND_ROBIN, null, 10, random);
        assertThat(ten).extracting(Served::id).isEqualTo(order.subList(0, 10));
        assertThat(pick(Strategy.ROUND_ROBIN)).isEqualTo(order.get(10));
    }

    @Test
    void aRotationIsExactForSeveralThreadsTogether() throws Exception {
        fill(500);
        pick(Strategy.RANDOM);
        Map<Long, AtomicLong> counts = new ConcurrentHashMap<>();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                SplittableRandom own = new SplittableRandom(SEED + thread);
                running.add(threads.submit(() -> {
                    for (int i = 0; i < 2_500; i++) {
                        Served picked = pool.pick(Filter.ALL, Strategy.ROUND_ROBIN, null, own);
                        counts.computeIfAbsent(Objects.requireNonNull(picked).id(), id -> new AtomicLong())
                                .incrementAndGet();
                    }
                }));
            }
            for (Future<?> each : running) {
                each.get(60, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(counts).hasSize(500);
        assertThat(counts.values()).allSatisfy(count -> assertThat(count).hasValue(20));
    }

    // Least recently used.

    /** Against a list of last uses, with picks by other strategies and filters in between and members that come and go. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void leastRecentlyUsedIsExact(long seed) {
        SplittableRandom dice = new SplittableRandom(seed);
        Map<Long, Long> lastUse = new HashMap<>();
        long clock = 0;
        for (int step = 0; step < 6_000; step++) {
            int what = dice.nextInt(20);
            long id = dice.nextInt(1, 200);
            if (step < 60 || what == 0) {
                if (pool.served(id) == null) {
                    lastUse.put(id, 0L);
                }
                pool.put(entry(id)
                        .scheme(id % 3 == 0 ? dev.sluice.proxy.Scheme.SOCKS5 : dev.sluice.proxy.Scheme.HTTP)
                        .pooled());
                now.addAndGet(250);
            } else if (what == 1) {
                pool.remove(id);
                lastUse.remove(id);
            } else if (what < 6) {
                long picked = pick(dice.nextBoolean() ? SOCKS : Filter.ALL, Strategy.RANDOM);
                if (picked != 0) {
                    lastUse.put(picked, ++clock);
                }
            } else {
                boolean socks = dice.nextInt(3) == 0;
                long oldest = Long.MAX_VALUE;
                for (Map.Entry<Long, Long> each : lastUse.entrySet()) {
                    if (!socks || each.getKey() % 3 == 0) {
                        oldest = Math.min(oldest, each.getValue());
                    }
                }
                long picked = pick(socks ? SOCKS : Filter.ALL, Strategy.LEAST_RECENTLY_USED);
                if (oldest == Long.MAX_VALUE) {
                    assertThat(picked).isZero();
                } else {
                    assertThat(lastUse.get(picked))
                            .as("seed %d, step %d", seed, step)
                            .isEqualTo(oldest);
                    lastUse.put(picked, ++clock);
                }
            }
        }
    }

    @Test
    void aRequestsExclusionsDoNotDisturbTheOrder() {
        fill(5);
        List<Long> order = picks(Strategy.LEAST_RECENTLY_USED, 5);
        Served first = Objects.requireNonNull(pool.served(order.get(0)));
        Filter without = Filter.parse(Map.of("exclude", first.host() + ":8080"));
        assertThat(pick(without, Strategy.LEAST_RECENTLY_USED)).isEqualTo(order.get(1));
        assertThat(picks(Strategy.LEAST_RECENTLY_USED, 2)).containsExactly(order.get(0), order.get(2));
    }

    // Best reputation.

    @Test
    void theBestShareThePicksEqually() {
        for (int id = 1; id <= 50; id++) {
            pool.put(entry(id).successRate(id > 40 ? 1 : 0.9).pooled());
        }
        Map<Long, Integer> counts = new TreeMap<>();
        for (long id : picks(Strategy.BEST_REPUTATION, 1_000)) {
            counts.merge(id, 1, Integer::sum);
        }
        assertThat(counts.keySet()).containsExactly(41L, 42L, 43L, 44L, 45L, 46L, 47L, 48L, 49L, 50L);
        assertThat(counts.values()).containsOnly(100);
    }

    @Test
    void theNextBestFollowWhenTheBestAreGone() {
        for (int id = 1; id <= 10; id++) {
            pool.put(entry(id).successRate(id / 10.0).pooled());
        }
        for (int id = 10; id >= 1; id--) {
            assertThat(pick(Strategy.BEST_REPUTATION)).isEqualTo(id);
            pool.remove(id);
        }
        assertThat(pick(Strategy.BEST_REPUTATION)).isZero();
    }

    @Test
    void oneThatFellIsPassedOverBeforeTheNextView() {
        for (int id = 1; id <= 3; id++) {
            pool.put(entry(id).successRate(id / 3.0).pooled());
        }
        assertThat(pick(Strategy.BEST_REPUTATION)).isEqualTo(3);
        pool.reported(3, -15, false);
        pool.reported(3, -15, false);
        pool.put(entry(3).successRate(0).pooled());
        assertThat(pick(Strategy.BEST_REPUTATION)).isEqualTo(2);
    }

    @Test
    void severalOfTheBestAreTheBest() {
        for (int id = 1; id <= 40; id++) {
            pool.put(entry(id).successRate(id / 40.0).pooled());
        }
        assertThat(pool.pick(Filter.ALL, Strategy.BEST_REPUTATION, null, 5, random))
                .extracting(Served::id)
                .containsExactly(40L, 39L, 38L, 37L, 36L);
    }

    // Fastest response.

    @Test
    void thoseAsFastAsTheFastestShareThePicksEqually() {
        double[] latencies = {100, 105, 111, 112, 300, Double.NaN};
        for (int i = 0; i < latencies.length; i++) {
            pool.put(entry(i + 1).latency(latencies[i]).pooled());
        }
        Map<Long, Integer> counts = new TreeMap<>();
        for (long id : picks(Strategy.FASTEST_RESPONSE, 300)) {
            counts.merge(id, 1, Integer::sum);
        }
        assertThat(counts)
                .as("100 ms, a tenth and 1 ms")
                .containsExactlyInAnyOrderEntriesOf(Map.of(1L, 100, 2L, 100, 3L, 100));
    }

    @Test
    void severalOfTheFastestAreTheFastest() {
        fill(100);
        List<Served> picked = pool.pick(Filter.ALL, Strategy.FASTEST_RESPONSE, null, 10, random);
        assertThat(picked).extracting(Served::id).containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
        pool.put(entry(1).latency(5_000).pooled());
        pool.put(entry(2).latency(5_000).pooled());
        assertThat(pick(Strategy.FASTEST_RESPONSE))
                .as("those that slowed down are passed over")
                .isEqualTo(3);
    }

    // Orders of large views, which are sorted in another way than those of small ones.

    @Test
    void aLargeViewIsSortedLikeASmallOne() {
        List<PooledProxy> entries = new ArrayList<>();
        for (int id = 1; id <= 6_000; id++) {
            PooledProxy proxy = entry(id)
                    .latency(id % 500 == 0 ? Double.NaN : Math.exp(random.nextDouble() * 10))
                    .successRate(random.nextDouble())
                    .pooled();
            entries.add(proxy);
            pool.put(proxy);
        }
        List<Served> all = pool.all(Filter.ALL, Integer.MAX_VALUE);
        Pool.Fastest walk = pool.fastest(pool.select(Filter.ALL));
        for (Served each : all) {
            double latency = Objects.requireNonNull(walk.next()).latencyMillis();
            assertThat(Double.compare(latency, each.latencyMillis())).isZero();
        }
        assertThat(walk.next()).isNull();
        double best = entries.stream()
                .mapToDouble(proxy -> Reputation.of(proxy.health()))
                .max()
                .orElseThrow();
        Served picked = Objects.requireNonNull(pool.pick(Filter.ALL, Strategy.BEST_REPUTATION, null, random));
        assertThat(Math.round(picked.reputation())).isEqualTo(Math.round(best));
        assertThat(pool.best(50))
                .hasSize(50)
                .isSortedAccordingTo(Comparator.comparing((Served proxy) -> Math.round(proxy.reputation()))
                        .reversed());
    }

    // For an application.

    @Test
    void anApplicationGetsMostlyWhatWorksForItOnceItHasLearnt() {
        fill(1_000);
        int late = 0;
        for (int i = 0; i < 20_000; i++) {
            Served picked = Objects.requireNonNull(pool.pick(Filter.ALL, Strategy.WEIGHTED_RANDOM, "crawler", random));
            boolean works = picked.id() % 20 == 0;
            feedback.record("crawler", picked.id(), works, now.get());
            late += i >= 15_000 && works ? 1 : 0;
        }
        // One in twenty works for it; without learning a twentieth of the picks would.
        assertThat(late / 5_000.0).isGreaterThan(0.6);
        int others = 0;
        for (int i = 0; i < 5_000; i++) {
            others += pick(Strategy.WEIGHTED_RANDOM) % 20 == 0 ? 1 : 0;
        }
        assertThat(others / 5_000.0).as("for others nothing changes").isBetween(0.03, 0.07);
    }

    @Test
    void anApplicationGoesOnTryingOthers() {
        fill(200);
        for (int id = 1; id <= 100; id++) {
            feedback.record("crawler", id, true, now.get());
        }
        int unknown = 0;
        for (int i = 0; i < 5_000; i++) {
            Served picked = Objects.requireNonNull(pool.pick(Filter.ALL, Strategy.RANDOM, "crawler", random));
            unknown += picked.id() > 100 ? 1 : 0;
        }
        assertThat(unknown / 5_000.0)
                .as("about half of the tenth that explores, and more")
                .isBetween(0.03, 0.3);
    }

    @Test
    void strategiesInAnOrderPassOverWhatKeepsFailingForAnApplication() {
        fill(10);
        for (int i = 0; i < 5; i++) {
            feedback.record("crawler", 4, false, now.get());
        }
        for (Strategy strategy : List.of(Strategy.ROUND_ROBIN, Strategy.LEAST_RECENTLY_USED)) {
            Set<Long> given = new HashSet<>();
            for (int i = 0; i < 30; i++) {
                given.add(Objects.requireNonNull(pool.pick(Filter.ALL, strategy, "crawler", random))
                        .id());
            }
            assertThat(given).as(strategy.text()).hasSize(9).doesNotContain(4L);
        }
        for (long id = 1; id <= 10; id++) {
            if (id != 4) {
                pool.remove(id);
            }
        }
        for (Strategy strategy : Strategy.values()) {
            assertThat(Objects.requireNonNull(pool.pick(Filter.ALL, strategy, "crawler", random))
                            .id())
                    .as("%s: rather than nothing", strategy.text())
                    .isEqualTo(4);
        }
    }
}
