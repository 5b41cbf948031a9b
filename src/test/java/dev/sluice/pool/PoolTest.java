package dev.sluice.pool;

import static dev.sluice.pool.Entries.NOW;
import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntToDoubleFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class PoolTest {
    private static final int PICKS = 100_000;
    private static final long SEED = 20_260_101;

    private final AtomicLong now = new AtomicLong(NOW);
    private final AtomicBoolean connectOnly = new AtomicBoolean();
    private final FeedbackBook feedback = new FeedbackBook(100_000, 100);
    private final Pool pool = new Pool(feedback, connectOnly::get, Duration.ofMillis(250), Runnable::run, now::get);
    private final RandomGenerator random = new SplittableRandom(SEED);

    private static Filter filter(String name, String value) {
        return Filter.parse(Map.of(name, value));
    }

    private long pickedId(Filter filter, Strategy strategy) {
        Served picked = pool.pick(filter, strategy, null, random);
        return picked == null ? 0 : picked.id();
    }

    private Explanation explain(Filter filter) {
        List<Explanation> told = new ArrayList<>();
        pool.explain(pool.select(filter), told::add);
        return told.get(0);
    }

    private int[] histogram(int size, Strategy strategy, @Nullable String application) {
        int[] counts = new int[size + 1];
        for (int i = 0; i < PICKS; i++) {
            counts[
                    (int) Objects.requireNonNull(pool.pick(Filter.ALL, strategy, application, random))
                            .id()]++;
        }
        return counts;
    }

    private static double chiSquare(int[] counts, IntToDoubleFunction share) {
        double sum = 0;
        for (int i = 1; i < counts.length; i++) {
            double expected = PICKS * share.applyAsDouble(i);
            sum += (counts[i] - expected) * (counts[i] - expected) / expected;
        }
        return sum;
    }

    @Test
    void anEmptyPoolHasNothing() {
        assertThat(pool.pick(Filter.ALL, Strategy.RANDOM, null, random)).isNull();
        assertThat(pool.pick(Filter.ALL, Strategy.RANDOM, null, 3, random)).isEmpty();
        assertThat(pool.all(Filter.ALL, 10)).isEmpty();
        assertThat(pool.size()).isZero();
        assertThat(explain(Filter.ALL).steps())
                .contains(new Explanation.Step("pool", 0))
                .allMatch(step -> step.left() == 0);
    }

    @Test
    void randomIsUniform() {
        for (int id = 1; id <= 100; id++) {
            pool.put(entry(id).pooled());
        }
        // 99 degrees of freedom, p = 0.001
        assertThat(chiSquare(histogram(100, Strategy.RANDOM, null), id -> 0.01)).isLessThan(148.23);
    }

    @Test
    void weightedRandomFollowsOnePlusReputation() {
        double[] weights = new double[51];
        double total = 0;
        for (int id = 1; id <= 50; id++) {
            PooledProxy proxy =
                    entry(id).successRate(id / 50.0).failures(id % 7).pooled();
            pool.put(proxy);
            weights[id] = 1 + Math.round(Reputation.of(proxy.health()));
            total += weights[id];
        }
        double sum = total;
        // 49 degrees of freedom, p = 0.001
        assertThat(chiSquare(histogram(50, Strategy.WEIGHTED_RANDOM, null), id -> weights[id] / sum))
                .isLessThan(85.35);
    }

    @Test
    void weightsFollowWhatChanged() {
        pool.put(entry(1).pooled());
        pool.put(entry(2).pooled());
        assertThat(histogram(2, Strategy.WEIGHTED_RANDOM, null)[1]).isBetween(48_000, 52_000);
        pool.put(entry(1).successRate(0).latency(9_000).failures(9).pooled());
        now.addAndGet(250);
        // Reputation 0 against 95.
        assertThat(histogram(2, Strategy.WEIGHTED_RANDOM, null)[1]).isBetween(800, 1_300);
    }

    @Test
    void fastestHalfGivesTheFasterHalf85PercentOfThePicks() {
        for (int id = 1; id <= 100; id++) {
            pool.put(entry(id).latency(1_000 - id).pooled());
        }
        int[] counts = histogram(100, Strategy.FASTEST_HALF, null);
        // 99 degrees of freedom, p = 0.001
        assertThat(chiSquare(counts, id -> id > 50 ? 0.85 / 50 : 0.15 / 50)).isLessThan(148.23);
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void aSingleEntryIsFoundByEveryStrategy(Strategy strategy) {
        pool.put(entry(7).pooled());
        assertThat(pickedId(Filter.ALL, strategy)).isEqualTo(7);
        assertThat(pickedId(filter("country", "FR"), strategy)).isZero();
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void theDeadAndTheLiarsLeaveAtOnce(Strategy strategy) {
        for (int id = 1; id <= 4; id++) {
            pool.put(entry(id).pooled());
        }
        assertThat(pickedId(Filter.ALL, strategy)).isPositive();
        pool.put(entry(1).alive(false).pooled());
        pool.put(entry(2).tampering(Tampering.CONTENT).pooled());
        pool.remove(3);
        for (int i = 0; i < 200; i++) {
            assertThat(pickedId(Filter.ALL, strategy)).isEqualTo(4);
        }
        assertThat(pool.size()).isEqualTo(1);
        pool.remove(4);
        assertThat(pickedId(Filter.ALL, strategy)).isZero();
    }

    @Test
    void whatNoLongerMatchesIsNotPickedFromAnOldView() {
        pool.put(entry(1).pooled());
        pool.put(entry(2).pooled());
        Filter elite = filter("anonymity", "elite");
        assertThat(pool.all(elite, 10)).hasSize(2);
        pool.put(entry(1).anonymity(Anonymity.TRANSPARENT).pooled());
        for (int i = 0; i < 100; i++) {
            assertThat(pickedId(elite, Strategy.RANDOM)).isEqualTo(2);
        }
    }

    @Test
    void aCheckThatGrewTooOldIsNoticedWithoutAnyChange() {
        pool.put(entry(1).pooled());
        Filter fresh = filter("max_age_s", "60");
        assertThat(pickedId(fresh, Strategy.RANDOM)).isEqualTo(1);
        now.addAndGet(60_001);
        assertThat(pickedId(fresh, Strategy.RANDOM)).isZero();
    }

    @Test
    void newcomersComeWithTheNextView() {
        pool.put(entry(1).pooled());
        assertThat(pickedId(Filter.ALL, Strategy.RANDOM)).isEqualTo(1);
        pool.put(entry(2).pooled());
        assertThat(pool.all(Filter.ALL, 10)).hasSize(1);
        now.addAndGet(250);
        assertThat(pool.all(Filter.ALL, 10)).hasSize(2);
    }

    @Test
    void anOldViewServesWhileTheNextIsBuilt() {
        Deque<Runnable> waiting = new ArrayDeque<>();
        Pool slow = new Pool(feedback, () -> false, Duration.ofMillis(250), waiting::add, now::get);
        slow.put(entry(1).pooled());
        assertThat(slow.all(Filter.ALL, 10)).hasSize(1);
        now.addAndGet(1_000);
        assertThat(slow.all(Filter.ALL, 10)).hasSize(1);
        assertThat(waiting).as("nothing changed, nothing is built").isEmpty();
        slow.put(entry(2).pooled());
        assertThat(slow.all(Filter.ALL, 10)).hasSize(1);
        assertThat(slow.all(Filter.ALL, 10)).hasSize(1);
        assertThat(waiting).as("built once").hasSize(1);
        waiting.remove().run();
        assertThat(slow.all(Filter.ALL, 10)).hasSize(2);
    }

    @Test
    void aReaderBuildsItselfWhenItWouldHaveNothing() {
        Deque<Runnable> waiting = new ArrayDeque<>();
        Pool slow = new Pool(feedback, () -> false, Duration.ofMillis(250), waiting::add, now::get);
        assertThat(slow.pick(Filter.ALL, Strategy.RANDOM, null, random)).isNull();
        slow.put(entry(1).country("FR").pooled());
        assertThat(slow.all(filter("country", "FR"), 10)).hasSize(1);
        assertThat(slow.pick(Filter.ALL, Strategy.RANDOM, null, random)).isNotNull();
    }

    @Test
    void aBuilderThatRejectsIsDoneWithout() {
        Pool alone = new Pool(
                feedback,
                () -> false,
                Duration.ofMillis(250),
                task -> {
                    throw new RejectedExecutionException("closed");
                },
                now::get);
        alone.put(entry(1).pooled());
        assertThat(alone.all(Filter.ALL, 10)).hasSize(1);
        alone.put(entry(2).pooled());
        now.addAndGet(250);
        assertThat(alone.all(Filter.ALL, 10)).hasSize(2);
    }

    @Test
    void whatWasOnlyConnectedToIsServedWhenTheModeSaysSo() {
        pool.put(entry(1).verified(Verified.CONNECT).pooled());
        pool.put(entry(2).pooled());
        assertThat(pool.size()).isEqualTo(2);
        assertThat(pool.alive()).isEqualTo(1);
        assertThat(pool.all(Filter.ALL, 10)).extracting(Served::id).containsExactly(2L);
        assertThat(explain(Filter.ALL).steps())
                .containsExactly(new Explanation.Step("pool", 2), new Explanation.Step("verified", 1));
        connectOnly.set(true);
        now.addAndGet(250);
        assertThat(pool.alive()).isEqualTo(2);
        assertThat(pool.all(Filter.ALL, 10)).hasSize(2);
        connectOnly.set(false);
        assertThat(pool.all(Filter.ALL, 10)).hasSize(1);
        pool.put(entry(1).verified(Verified.FULL).pooled());
        assertThat(pool.alive()).isEqualTo(2);
    }

    @Test
    void severalPicksAreDifferent() {
        for (int id = 1; id <= 50; id++) {
            pool.put(entry(id).pooled());
        }
        for (Strategy strategy : Strategy.values()) {
            for (int count : new int[] {2, 10, 49, 50, 60}) {
                List<Served> picked = pool.pick(Filter.ALL, strategy, null, count, random);
                assertThat(picked)
                        .hasSize(Math.min(count, 50))
                        .extracting(Served::id)
                        .doesNotHaveDuplicates();
            }
        }
    }

    @Test
    void excludedEntriesAreNeverPicked() {
        for (int id = 1; id <= 50; id++) {
            pool.put(entry(id).pooled());
        }
        StringBuilder names = new StringBuilder();
        for (int id = 1; id <= 49; id++) {
            names.append(id == 1 ? "" : ",").append("127.0.0.").append(id).append(":8080");
        }
        Filter last = filter("exclude", names.toString());
        for (int i = 0; i < 50; i++) {
            assertThat(pickedId(last, Strategy.RANDOM)).isEqualTo(50);
        }
        Filter none = filter("exclude", names + ",http://127.0.0.50:8080");
        assertThat(pickedId(none, Strategy.RANDOM)).isZero();
        assertThat(explain(none).steps())
                .contains(new Explanation.Step("pool", 50), new Explanation.Step("exclude", 0));
        assertThat(pool.views()).as("exclusions need no view of their own").isEqualTo(1);
    }

    @Test
    void everythingComesFastestFirstAndUnmeasuredLast() {
        double[] latencies = {300, Double.NaN, 0.4, 25_000, 12};
        for (int i = 0; i < latencies.length; i++) {
            pool.put(entry(i + 1).latency(latencies[i]).pooled());
        }
        assertThat(pool.all(Filter.ALL, 10)).extracting(Served::id).containsExactly(3L, 5L, 1L, 4L, 2L);
        assertThat(pool.all(Filter.ALL, 2)).extracting(Served::id).containsExactly(3L, 5L);
        pool.put(entry(3).latency(99_999).pooled());
        assertThat(pool.all(Filter.ALL, 10))
                .as("by what is known now, though the view is older")
                .extracting(Served::id)
                .containsExactly(5L, 1L, 4L, 3L, 2L);
    }

    @Test
    void anExplanationCountsWhatEachFilterLeft() {
        for (int id = 1; id <= 10; id++) {
            pool.put(entry(id)
                    .scheme(id <= 6 ? Scheme.SOCKS5 : Scheme.HTTP)
                    .country(id <= 2 ? "FR" : "DE")
                    .pooled());
        }
        Filter filter = Filter.parse(Map.of("protocol", "socks5", "country", "FR", "min_reputation", "99"));
        assertThat(explain(filter).steps())
                .containsExactly(
                        new Explanation.Step("pool", 10),
                        new Explanation.Step("verified", 10),
                        new Explanation.Step("protocol", 6),
                        new Explanation.Step("country", 2),
                        new Explanation.Step("min_reputation", 0));
    }

    @Test
    void anEntryIsFoundByAllItsNames() {
        pool.put(entry(1).scheme(Scheme.SOCKS5).credentials("me", "p@ss:w/rd +").pooled());
        PooledProxy second = entry(2).host("2001:db8::1").port(3128).pooled();
        pool.put(second);
        String url = entry(1).scheme(Scheme.SOCKS5)
                .credentials("me", "p@ss:w/rd +")
                .pooled()
                .key()
                .urlWithCredentials();
        for (String name : List.of("127.0.0.1:8080", "socks5://127.0.0.1:8080", "SOCKS5://127.0.0.1:8080/", url)) {
            assertThat(pool.find(name)).as(name).extracting(Served::id).isEqualTo(1L);
        }
        assertThat(Objects.requireNonNull(pool.find("[2001:DB8::1]:3128")).key())
                .isEqualTo(second.key());
        assertThat(Objects.requireNonNull(pool.find(second.key().url())).id()).isEqualTo(2);
        for (String name : List.of(
                "http://127.0.0.1:8080",
                "socks5://me:wrong@127.0.0.1:8080",
                "127.0.0.1:8081",
                "127.0.0.1",
                "127.0.0.1:",
                ":8080",
                "gopher://127.0.0.1:8080",
                "127.0.0.1:99999999999",
                "2001:db8::1:3128",
                "socks5://%zz@127.0.0.1:8080",
                "")) {
            assertThat(pool.find(name)).as(name).isNull();
        }
        pool.remove(1);
        assertThat(pool.find("127.0.0.1:8080")).isNull();
    }

    @Test
    void twoEntriesMayShareAnAddress() {
        pool.put(entry(1).host("127.9.9.9").pooled());
        pool.put(entry(2).host("127.9.9.9").scheme(Scheme.SOCKS5).pooled());
        assertThat(Objects.requireNonNull(pool.find("socks5://127.9.9.9:8080")).id())
                .isEqualTo(2);
        pool.remove(1);
        assertThat(Objects.requireNonNull(pool.find("127.9.9.9:8080")).id()).isEqualTo(2);
    }

    @Test
    void anEntryThatMovedIsFoundAtItsNewAddressOnly() {
        pool.put(entry(1).pooled());
        pool.put(entry(1).port(9).pooled());
        assertThat(pool.find("127.0.0.1:8080")).isNull();
        assertThat(pool.find("127.0.0.1:9")).isNotNull();
        assertThat(pool.size()).isEqualTo(1);
    }

    private double reputation(long id) {
        return Objects.requireNonNull(pool.served(id)).reputation();
    }

    @Test
    void usesRaiseTheReputationAndAreNotCountedTwice() {
        pool.put(entry(1).successRate(0.5).pooled());
        assertThat(reputation(1)).isEqualTo(65);
        for (int i = 0; i < 50; i++) {
            pool.reported(1, 0, true);
        }
        assertThat(reputation(1)).isEqualTo(70);
        pool.put(entry(1).successRate(0.5).uses(50).pooled());
        assertThat(reputation(1)).isEqualTo(70);
        pool.reported(99, 1, true);
    }

    @Test
    void whatApplicationsThinkMovesTheReputationWithinBounds() {
        pool.put(entry(1).successRate(0.5).pooled());
        for (int application = 0; application < 10; application++) {
            pool.reported(1, -5, false);
        }
        assertThat(reputation(1)).as("50 + 15 for latency - 15").isEqualTo(50);
        assertThat(Objects.requireNonNull(pool.served(1)).parts().feedback()).isEqualTo(-15);
        for (int application = 0; application < 8; application++) {
            pool.reported(1, 5, false);
        }
        assertThat(reputation(1)).as("two opinions are left").isEqualTo(55);
        pool.put(entry(1).successRate(1).pooled());
        assertThat(reputation(1)).as("a check changes its own part alone").isEqualTo(85);
    }

    @Test
    void whatFailedForAnApplicationIsAvoidedForItAlone() {
        for (int id = 1; id <= 10; id++) {
            pool.put(entry(id).pooled());
        }
        for (int i = 0; i < 10; i++) {
            feedback.record("scraper", 1, false, NOW);
            feedback.record("scraper", 2, true, NOW);
        }
        int[] counts = histogram(10, Strategy.RANDOM, "scraper");
        assertThat(counts[1]).as("hardly ever, but still tried").isBetween(50, PICKS / 100);
        assertThat(counts[2]).as("much more often than its share").isGreaterThan(PICKS / 4);
        assertThat(counts[3]).as("what is not known is explored").isGreaterThan(PICKS / 20);
        assertThat(histogram(10, Strategy.RANDOM, "other")[1]).isBetween(9_000, 11_000);
        assertThat(histogram(10, Strategy.RANDOM, null)[1]).isBetween(9_000, 11_000);
    }

    @Test
    void anApplicationForWhichEverythingFailedIsStillServed() {
        for (int id = 1; id <= 3; id++) {
            pool.put(entry(id).pooled());
            for (int i = 0; i < 20; i++) {
                feedback.record("unlucky", id, false, NOW);
            }
        }
        for (int i = 0; i < 100; i++) {
            assertThat(pool.pick(Filter.ALL, Strategy.RANDOM, "unlucky", random))
                    .isNotNull();
            assertThat(pool.pick(Filter.ALL, Strategy.RANDOM, "unlucky", 3, random))
                    .hasSize(3);
        }
    }

    @Test
    void viewsAreBounded() {
        pool.put(entry(1).pooled());
        for (int latency = 1; latency <= 2 * Views.MAX_VIEWS; latency++) {
            now.incrementAndGet();
            pool.all(filter("max_latency_ms", Integer.toString(latency)), 1);
        }
        assertThat(pool.views()).isLessThanOrEqualTo(Views.MAX_VIEWS);
        assertThat(pool.all(filter("max_latency_ms", "500"), 1)).hasSize(1);
        assertThat(pool.all(filter("max_latency_ms", "1"), 1)).isEmpty();
    }

    @Test
    void viewsTakeAPartOfTheHeapAtMost() {
        int size = 6_000;
        long heap = 1 << 20;
        Pool small = new Pool(feedback, () -> false, Duration.ofMillis(250), Runnable::run, now::get, heap);
        for (int id = 1; id <= size; id++) {
            small.put(entry(id).latency(id % 50).pooled());
        }
        for (int round = 0; round < 100; round++) {
            now.incrementAndGet();
            Selection selection = small.select(filter("max_latency_ms", Integer.toString(50 + round % 10)));
            Strategy strategy = Strategy.values()[round % Strategy.values().length];
            AtomicBoolean ready = new AtomicBoolean();
            assertThat(small.prepare(selection, strategy, () -> ready.set(true)))
                    .isTrue();
            assertThat(ready).isTrue();
            assertThat(small.pick(selection, strategy, null, random)).isNotNull();
            assertThat(small.views()).isPositive();
            assertThat(small.viewBytes()).as("round %d", round).isLessThanOrEqualTo(heap / 8);
        }
        for (Strategy strategy : Strategy.values()) {
            assertThat(small.pick(Filter.ALL, strategy, null, random)).isNotNull();
        }
        assertThat(small.viewBytes()).as("one that is larger stays alone").isGreaterThan(heap / 8);
        small.put(entry(1).pooled());
        now.addAndGet(250);
        small.refresh();
        assertThat(small.views()).isEqualTo(1);
    }

    @Test
    void aTendedPoolIsRebuiltByItsTenderAlone() {
        pool.put(entry(1).pooled());
        assertThat(pool.all(Filter.ALL, 10)).hasSize(1);
        pool.put(entry(2).pooled());
        pool.refresh();
        assertThat(pool.all(Filter.ALL, 10))
                .as("at once, however young the view")
                .hasSize(2);
        pool.put(entry(3).pooled());
        now.addAndGet(1_000);
        assertThat(pool.all(Filter.ALL, 10)).as("a reader asks for no view").hasSize(2);
        now.addAndGet(10_000);
        assertThat(pool.all(Filter.ALL, 10))
                .as("unless nobody tends it any more")
                .hasSize(3);
    }

    @Test
    void whatOnlyReportsMovedIsSortedAnewAfterTwoSeconds() {
        pool.put(entry(1).successRate(0.9).pooled());
        pool.put(entry(2).successRate(0.8).pooled());
        assertThat(pickedId(Filter.ALL, Strategy.BEST_REPUTATION)).isEqualTo(1);
        for (int application = 0; application < 3; application++) {
            pool.reported(2, 5, false);
        }
        now.addAndGet(1_999);
        pool.refresh();
        assertThat(pickedId(Filter.ALL, Strategy.BEST_REPUTATION)).isEqualTo(1);
        now.addAndGet(1);
        pool.refresh();
        assertThat(pickedId(Filter.ALL, Strategy.BEST_REPUTATION)).isEqualTo(2);
    }

    @Test
    void rebuildingRestsThreeTimesAsLongAsItTook() {
        AtomicLong clock = new AtomicLong(NOW);
        // Each look at the clock takes 10 ms: a refresh looks when it begins, for each view, and when it ends.
        Pool slow = new Pool(feedback, () -> false, Duration.ofMillis(250), Runnable::run, () -> clock.addAndGet(10));
        slow.put(entry(1).pooled());
        assertThat(slow.all(Filter.ALL, 10)).hasSize(1);
        slow.put(entry(2).pooled());
        slow.refresh();
        assertThat(slow.all(Filter.ALL, 10)).hasSize(2);
        slow.put(entry(3).pooled());
        slow.refresh();
        assertThat(slow.all(Filter.ALL, 10)).as("still at rest").hasSize(2);
        clock.addAndGet(200);
        slow.refresh();
        assertThat(slow.all(Filter.ALL, 10)).hasSize(3);
    }

    @Test
    void aViewThatLostItsPlaceIsLetGoOfAndMadeAnew() {
        pool.put(entry(1).pooled());
        Selection held = pool.select(filter("country", "DE"));
        assertThat(pool.pick(held, Strategy.RANDOM, null, random)).isNotNull();
        for (int latency = 200; latency <= 200 + Views.MAX_VIEWS; latency++) {
            now.incrementAndGet();
            pool.all(filter("max_latency_ms", Integer.toString(latency)), 1);
        }
        assertThat(Objects.requireNonNull(held.holder()).view().size())
                .as("lets go")
                .isZero();
        assertThat(pool.pick(held, Strategy.RANDOM, null, random))
                .as("and comes back")
                .isNotNull();
    }

    private static String shown(Served proxy) {
        return proxy.key().url() + ' ' + proxy.latencyMillis() + ' ' + proxy.location() + ' ' + proxy.lists();
    }

    private static String shown(@Nullable PooledProxy proxy) {
        return proxy == null
                ? "none"
                : proxy.key().url()
                        + ' '
                        + proxy.health().latencyMillis()
                        + ' '
                        + proxy.location()
                        + ' '
                        + proxy.lists();
    }

    /** A random history against the plain definition of what may be served. */
    @Test
    void itAgreesWithAPlainListUnderRandomChanges() {
        Map<Long, PooledProxy> model = new HashMap<>();
        Filter socks = filter("protocol", "socks5");
        for (int step = 0; step < 5_000; step++) {
            long id = random.nextInt(1, 60);
            Entries entry = entry(id)
                    .scheme(random.nextBoolean() ? Scheme.SOCKS5 : Scheme.HTTP)
                    .latency(random.nextInt(1_000))
                    .alive(random.nextInt(4) > 0)
                    .tampering(random.nextInt(10) == 0 ? Tampering.CONTENT : Tampering.NONE);
            PooledProxy proxy = entry.pooled();
            if (random.nextInt(10) == 0) {
                pool.remove(id);
                model.remove(id);
            } else {
                pool.put(proxy);
                model.remove(id);
                if (proxy.servable()) {
                    model.put(id, proxy);
                }
            }
            Served picked = pool.pick(socks, Strategy.WEIGHTED_RANDOM, null, random);
            if (picked != null) {
                assertThat(shown(picked)).as("step %d", step).isEqualTo(shown(model.get(picked.id())));
                assertThat(picked.scheme()).isEqualTo(Scheme.SOCKS5);
            }
            if (step % 50 == 0) {
                now.addAndGet(250);
                assertThat(pool.all(Filter.ALL, Integer.MAX_VALUE))
                        .as("step %d", step)
                        .extracting(PoolTest::shown)
                        .containsExactlyInAnyOrderElementsOf(
                                model.values().stream().map(PoolTest::shown).toList());
            }
            assertThat(pool.size()).isEqualTo(model.size());
        }
    }

    @Test
    void aTypeIsMetByTheNetworkAProxyStandsIn() {
        for (int id = 1; id <= 6; id++) {
            NetworkType type = id > 3 ? null : NetworkType.values()[id - 1];
            pool.put(entry(id)
                    .location(new Location("EU", id % 2 == 0 ? "DE" : "FR", null, 0, null, type, "city"))
                    .pooled());
        }

        assertThat(ids("type", "mobile")).containsExactly(3L);
        assertThat(ids("type", "datacenter,residential")).containsExactly(1L, 2L);
        assertThat(ids("type", "!datacenter")).containsExactly(2L, 3L, 4L, 5L, 6L);
        assertThat(ids("type", "residential", "country", "FR")).isEmpty();
        assertThat(explain(Filter.parse(Map.of("type", "residential,mobile", "country", "FR")))
                        .steps())
                .contains(new Explanation.Step("country", 3), new Explanation.Step("type", 1));

        pool.locate(5, new Location("EU", "FR", null, 0, null, NetworkType.MOBILE, "city"));
        now.addAndGet(250);
        assertThat(ids("type", "mobile")).containsExactly(3L, 5L);
        pool.locate(4_711, Location.UNKNOWN);
        assertThat(pool.location(5).type()).isEqualTo(NetworkType.MOBILE);
        assertThat(pool.location(4_711)).isEqualTo(Location.UNKNOWN);
    }

    private List<Long> ids(String... parameters) {
        Map<String, String> asked = new HashMap<>();
        for (int i = 0; i < parameters.length; i += 2) {
            asked.put(parameters[i], parameters[i + 1]);
        }
        return pool.all(Filter.parse(asked), Integer.MAX_VALUE).stream()
                .map(Served::id)
                .sorted()
                .toList();
    }

    @Test
    void aFilterAcceptsOfTheStoreWhatThePoolServesByIt() {
        List<StoredProxy> stored = new ArrayList<>();
        for (long id = 1; id <= 500; id++) {
            PooledProxy proxy = entry(id)
                    .scheme(Scheme.values()[random.nextInt(4)])
                    .latency(random.nextInt(2_000))
                    .successRate(random.nextDouble())
                    .tier(Tier.values()[random.nextInt(4)])
                    .checkedAt(NOW - random.nextInt(100_000))
                    .location(new Location(
                            null,
                            random.nextBoolean() ? "DE" : "FR",
                            null,
                            0,
                            null,
                            random.nextBoolean() ? NetworkType.values()[random.nextInt(3)] : null,
                            "test"))
                    .lists(random.nextBoolean() ? "a" : "b")
                    .pooled();
            pool.put(proxy);
            stored.add(
                    new StoredProxy(id, proxy.key(), 0, proxy.health(), proxy.location(), proxy.lists(), NOW, false));
        }
        now.addAndGet(250);
        for (Map<String, String> parameters : List.<Map<String, String>>of(
                Map.of(),
                Map.of("protocol", "socks5,https"),
                Map.of("country", "!DE", "list", "a"),
                Map.of("min_reputation", "60"),
                Map.of("max_latency_ms", "700", "tier", "active,2"),
                Map.of("max_age_s", "30"),
                Map.of("type", "mobile"),
                Map.of("type", "!mobile", "exclude", stored.get(0).key().address()))) {
            Filter filter = Filter.parse(parameters);
            assertThat(stored.stream()
                            .filter(each -> filter.accepts(each, now.get()))
                            .map(StoredProxy::id))
                    .as(parameters.toString())
                    .isNotEmpty()
                    .containsExactlyInAnyOrderElementsOf(pool.all(filter, Integer.MAX_VALUE).stream()
                            .map(Served::id)
                            .toList());
        }
    }

    /** The writer flips entries; once a flip is visible no reader gets the entry again until it is flipped back. */
    @Test
    void noReaderGetsADeadOneWhileTheWriterFlips() throws Exception {
        int size = 64;
        int rounds = 20_000;
        Pool shared = new Pool(feedback, () -> false, Duration.ofMillis(1), Runnable::run, System::currentTimeMillis);
        // Odd: certainly dead. Grows by one before an entry comes back and after it has left.
        AtomicIntegerArray epochs = new AtomicIntegerArray(size + 1);
        for (int id = 1; id <= size; id++) {
            shared.put(entry(id).pooled());
        }
        AtomicBoolean done = new AtomicBoolean();
        CountDownLatch started = new CountDownLatch(3);
        ExecutorService readers = Executors.newFixedThreadPool(3);
        try {
            List<Strategy> strategies = List.of(Strategy.values());
            List<Future<Integer>> picks = new ArrayList<>();
            for (int reader = 0; reader < 3; reader++) {
                Strategy strategy = strategies.get(reader);
                RandomGenerator own = new SplittableRandom(SEED + reader);
                picks.add(readers.submit(() -> {
                    started.countDown();
                    int[] before = new int[size + 1];
                    int found = 0;
                    while (!done.get()) {
                        for (int id = 1; id <= size; id++) {
                            before[id] = epochs.get(id);
                        }
                        Served picked = shared.pick(Filter.ALL, strategy, null, own);
                        if (picked == null) {
                            continue;
                        }
                        int id = (int) picked.id();
                        boolean deadAllAlong = before[id] % 2 == 1 && epochs.get(id) == before[id];
                        assertThat(deadAllAlong).as("entry %d", id).isFalse();
                        found++;
                    }
                    return found;
                }));
            }
            assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
            SplittableRandom writer = new SplittableRandom(SEED);
            Set<Integer> dead = new HashSet<>();
            for (int round = 0; round < rounds; round++) {
                int id = writer.nextInt(1, size + 1);
                if (dead.remove(id)) {
                    epochs.incrementAndGet(id);
                    shared.put(entry(id).pooled());
                } else {
                    dead.add(id);
                    shared.put(entry(id).alive(false).pooled());
                    epochs.incrementAndGet(id);
                }
            }
            done.set(true);
            for (Future<Integer> pick : picks) {
                assertThat(pick.get(10, TimeUnit.SECONDS)).isPositive();
            }
            assertThat(shared.size()).isEqualTo(size - dead.size());
        } finally {
            done.set(true);
            readers.shutdownNow();
        }
    }
}
