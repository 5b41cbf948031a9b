package dev.sluice.pool;

import static dev.sluice.pool.Entries.NOW;
import static dev.sluice.pool.Entries.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Location;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Sixteen clients at once: what they get, while nothing changes and while everything does. */
final class PoolFairnessTest {
    private static final long SEED = 20_260_117;
    private static final int CLIENTS = 16;
    private static final int MOST = 50;
    private static final String[] COUNTRIES = {"DE", "FR", "US"};
    private static final List<Wanted> WANTED = List.of(
            new Wanted(Map.of()),
            new Wanted(Map.of("country", "DE")),
            new Wanted(Map.of("country", "!US", "anonymity", "elite,anonymous")),
            new Wanted(Map.of("anonymity", "elite")),
            new Wanted(Map.of("list", "even", "max_latency_ms", "300")),
            new Wanted(Map.of("min_reputation", "70")));

    private final FeedbackBook feedback = new FeedbackBook(100_000, 100);
    private final ExecutorService builder = Executors.newSingleThreadExecutor();
    private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    private final Pool pool = new Pool(feedback, () -> false, Duration.ofMillis(5), builder, System::currentTimeMillis);

    @AfterEach
    void stop() {
        clients.shutdownNow();
        builder.shutdownNow();
    }

    private <T> List<Future<T>> each(ClientTask<T> task) {
        List<Future<T>> started = new ArrayList<>();
        CountDownLatch together = new CountDownLatch(CLIENTS);
        for (int i = 0; i < CLIENTS; i++) {
            int client = i;
            Callable<T> run = () -> {
                together.countDown();
                together.await();
                return task.run(client, new SplittableRandom(SEED + client));
            };
            started.add(clients.submit(run));
        }
        return started;
    }

    /** What a client does. */
    @FunctionalInterface
    private interface ClientTask<T> {
        T run(int client, RandomGenerator random) throws Exception;
    }

    @ParameterizedTest
    @EnumSource(
            value = Strategy.class,
            names = {"ROUND_ROBIN", "LEAST_RECENTLY_USED"})
    void clientsThatTakeTurnsGiveEveryProxyTheSame(Strategy strategy) throws Exception {
        int size = 1_000;
        int picks = 1_250;
        for (int id = 1; id <= size; id++) {
            pool.put(entry(id).pooled());
        }
        AtomicIntegerArray counts = new AtomicIntegerArray(size + 1);
        Selection all = pool.select(Filter.ALL);
        for (Future<Boolean> client : each((number, random) -> {
            for (int i = 0; i < picks; i++) {
                Served picked = Objects.requireNonNull(pool.pick(all, strategy, null, random));
                counts.incrementAndGet((int) picked.id());
            }
            return true;
        })) {
            assertThat(client.get(60, TimeUnit.SECONDS)).isTrue();
        }
        for (int id = 1; id <= size; id++) {
            assertThat(counts.get(id)).as("proxy %d", id).isEqualTo(CLIENTS * picks / size);
        }
    }

    // While everything changes.

    /**
     * What the writer made of a proxy with one of its steps.
     *
     * @param step number of the step, ever growing
     * @param checkedAtStep the step that wrote its health last: names what was served
     * @param before what it was before that step; null at first
     */
    private record State(
            long step,
            boolean alive,
            long checkedAtStep,
            String country,
            Anonymity anonymity,
            int latencyMillis,
            String list,
            @Nullable State before) {

        PooledProxy proxy(long id) {
            return entry(id)
                    .alive(alive)
                    .checkedAt(NOW + checkedAtStep)
                    .country(country)
                    .anonymity(anonymity)
                    .latency(latencyMillis)
                    .lists(list)
                    .pooled();
        }

        boolean shows(Served proxy) {
            return proxy.lastCheckedAtMillis() == NOW + checkedAtStep
                    && country.equals(proxy.location().country())
                    && proxy.anonymity() == anonymity
                    && proxy.latencyMillis() == latencyMillis
                    && proxy.lists().equals(List.of(list));
        }
    }

    /** A filter, and what it says in other words. */
    private record Wanted(Map<String, String> parameters) {
        boolean fits(Served proxy, State state) {
            return switch (parameters.keySet().stream().sorted().findFirst().orElse("")) {
                case "anonymity" ->
                    parameters.containsKey("country")
                            ? !state.country.equals("US") && state.anonymity != Anonymity.TRANSPARENT
                            : state.anonymity == Anonymity.ELITE;
                case "country" -> state.country.equals("DE");
                case "list" -> state.list.equals("even") && state.latencyMillis <= 300;
                case "min_reputation" -> proxy.reputation() >= 70;
                default -> true;
            };
        }
    }

    /** The only writer, and what it has done. */
    private final class Writer {
        private final int size;
        private final SplittableRandom random = new SplittableRandom(SEED);
        /** The latest state of each; written before the pool is. */
        private final AtomicReferenceArray<State> states;

        /** Steps that have begun, and those that are through. */
        private volatile long begun;

        private volatile long done;

        Writer(int size) {
            this.size = size;
            this.states = new AtomicReferenceArray<>(size + 1);
            for (int id = 1; id <= size; id++) {
                put(id, true);
            }
        }

        void act() {
            int id = random.nextInt(1, size + 1);
            switch (random.nextInt(8)) {
                case 0, 1 -> put(id, false);
                case 2 -> trade(id, random.nextInt(1, size + 1));
                case 3 -> describe(id);
                default -> put(id, true);
            }
        }

        private void put(int id, boolean alive) {
            long step = begun + 1;
            State state = new State(
                    step,
                    alive,
                    step,
                    COUNTRIES[random.nextInt(COUNTRIES.length)],
                    Anonymity.values()[1 + random.nextInt(3)],
                    random.nextInt(1, 600),
                    step % 2 == 0 ? "even" : "odd",
                    states.get(id));
            write(id, state, () -> pool.put(state.proxy(id)));
        }

        private void leave(int id) {
            State was = states.get(id);
            State gone = new State(begun + 1, false, 0, was.country, was.anonymity, was.latencyMillis, was.list, was);
            write(id, gone, () -> pool.remove(id));
        }

        /** Two leave and come back, each to where the other one stood. */
        private void trade(int one, int other) {
            leave(one);
            leave(other);
            put(one, true);
            put(other, true);
        }

        /** What lists say changes, not what checks say. */
        private void describe(int id) {
            State was = states.get(id);
            if (!was.alive) {
                return;
            }
            State told = new State(
                    begun + 1,
                    true,
                    was.checkedAtStep,
                    COUNTRIES[random.nextInt(COUNTRIES.length)],
                    was.anonymity,
                    was.latencyMillis,
                    was.list.equals("even") ? "odd" : "even",
                    was);
            PooledProxy proxy = told.proxy(id);
            Location location = proxy.location();
            write(id, told, () -> pool.describe(id, proxy.key(), location, proxy.lists()));
        }

        private void write(int id, State state, Runnable change) {
            begun = state.step;
            states.set(id, state);
            change.run();
            done = state.step;
        }

        /** The state that {@code proxy} shows, if it was that at some moment between the two steps. */
        @Nullable
        State shown(Served proxy, long doneBefore, long begunAfter) {
            State state = states.get((int) proxy.id());
            while (state != null) {
                if (state.step <= begunAfter && state.alive && state.shows(proxy)) {
                    return state;
                }
                if (state.step <= doneBefore) {
                    return null;
                }
                state = state.before;
            }
            return null;
        }
    }

    @ParameterizedTest
    @CsvSource({"300, 60000", "6000, 60000"})
    void nobodyGetsWhatIsDeadOrDoesNotMatchOrTheSameTwiceWhileEverythingChanges(int size, int steps) throws Exception {
        Writer writer = new Writer(size);
        AtomicBoolean over = new AtomicBoolean();
        List<Future<Long>> picking = each((client, random) -> {
            long picked = 0;
            while (!over.get()) {
                picked += pickOnce(writer, client, random);
            }
            return picked;
        });
        while (writer.done < steps && picking.stream().noneMatch(Future::isDone)) {
            writer.act();
        }
        over.set(true);
        for (Future<Long> client : picking) {
            assertThat(client.get(60, TimeUnit.SECONDS)).as("seed %d", SEED).isPositive();
        }
    }

    private int pickOnce(Writer writer, int client, RandomGenerator random) {
        Strategy strategy = Strategy.values()[random.nextInt(Strategy.values().length)];
        Wanted wanted = WANTED.get(random.nextInt(WANTED.size()));
        String application = random.nextBoolean() ? "app-" + client % 4 : null;
        int limit = random.nextInt(3) == 0 ? random.nextInt(1, MOST + 1) : 1;
        Filter filter = Filter.parse(wanted.parameters);

        long doneBefore = writer.done;
        List<Served> picked;
        if (limit == 1) {
            Served one = pool.pick(filter, strategy, application, random);
            picked = one == null ? List.of() : List.of(one);
        } else {
            picked = pool.pick(filter, strategy, application, limit, random);
        }
        long begunAfter = writer.begun;

        assertThat(picked).hasSizeLessThanOrEqualTo(limit);
        Set<Long> different = new HashSet<>();
        for (Served proxy : picked) {
            long id = proxy.id();
            assertThat(different.add(id))
                    .as("proxy %d comes once in an answer of %s", id, strategy)
                    .isTrue();
            assertThat(proxy.key())
                    .as("proxy %d", id)
                    .isEqualTo(entry(id).pooled().key());
            State shown = writer.shown(proxy, doneBefore, begunAfter);
            assertThat(shown)
                    .as("%s was alive and like this between steps %d and %d", proxy, doneBefore, begunAfter)
                    .isNotNull();
            assertThat(wanted.fits(proxy, Objects.requireNonNull(shown)))
                    .as("%s for %s", shown, wanted)
                    .isTrue();
        }
        if (!picked.isEmpty() && random.nextInt(4) == 0) {
            long id = picked.get(0).id();
            FeedbackBook.Effect effect = feedback.record("app-" + client % 4, id, random.nextInt(4) > 0, NOW);
            pool.reported(id, effect.opinionDelta(), effect.countsAsUse());
        }
        return picked.size();
    }

    @Test
    void whoAsksForMoreThanThereIsGetsEachOnce() throws Exception {
        for (int id = 1; id <= 40; id++) {
            pool.put(entry(id).pooled());
        }
        for (Future<Boolean> client : each((number, random) -> {
            for (Strategy strategy : Strategy.values()) {
                assertThat(pool.pick(Filter.ALL, strategy, null, MOST, random))
                        .as("%s", strategy)
                        .extracting(Served::id)
                        .hasSizeLessThanOrEqualTo(40)
                        .doesNotHaveDuplicates();
            }
            return true;
        })) {
            assertThat(client.get(60, TimeUnit.SECONDS)).isTrue();
        }
    }
}
