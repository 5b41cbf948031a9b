package dev.sluice.bench;

import dev.sluice.pool.FeedbackBook;
import dev.sluice.pool.Filter;
import dev.sluice.pool.Pool;
import dev.sluice.pool.PooledProxy;
import dev.sluice.pool.Selection;
import dev.sluice.pool.Strategy;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * What a selection costs: each strategy, unfiltered and with three filters, at three sizes of the pool; and what an update
 * costs. Samples single calls; the median is what counts, minus some 25 ns for reading the clock, which the row "nothing" shows.
 *
 * <p>Arguments: the sizes, by comma; default {@code 1000,100000,1000000}.
 */
public class PickBenchmark {
    public static void main(String[] arguments) throws RunnerException {
        String sizes = arguments.length == 0 ? "1000,100000,1000000" : arguments[0];
        var options = new OptionsBuilder()
                .include(PickBenchmark.class.getName() + "\\.")
                .param("size", sizes.split(",", -1))
                .build();
        Map<String, Map<Integer, Double>> medians = new TreeMap<>();
        for (RunResult result : new Runner(options).run()) {
            var parameters = result.getParams();
            String filter = parameters.getParam("filter");
            String strategy = parameters.getParam("strategy");
            String name = result.getPrimaryResult().getLabel()
                    + (strategy == null ? "" : " " + strategy)
                    + (filter == null || filter.isEmpty() ? "" : " filtered");
            medians.computeIfAbsent(name, key -> new TreeMap<>())
                    .put(
                            Integer.valueOf(parameters.getParam("size")),
                            result.getPrimaryResult().getStatistics().getPercentile(50));
        }
        System.out.println("\nmedian nanoseconds by size of the pool, and the largest size to the smallest");
        medians.forEach((name, bySize) -> {
            List<Double> values = List.copyOf(bySize.values());
            System.out.printf("%-40s %s  ratio %.1f%n", name, bySize, values.get(values.size() - 1) / values.get(0));
        });
    }

    static Filter filter(String query) {
        Map<String, String> parameters = new HashMap<>();
        for (String pair : query.split("&", -1)) {
            parameters.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
        }
        return Filter.parse(parameters);
    }

    static Pool pool(int size, FeedbackBook feedback) {
        Pool pool = new Pool(feedback, () -> false, Duration.ofMillis(250), Runnable::run, System::currentTimeMillis);
        for (int id = 1; id <= size; id++) {
            pool.put(Population.proxy(id, 0));
        }
        return pool;
    }

    /** A pool that nothing changes. */
    @State(Scope.Benchmark)
    public static class Quiet {
        @Param({"1000", "100000", "1000000"})
        int size;

        @Param({
            "round-robin",
            "least-recently-used",
            "weighted-random",
            "best-reputation",
            "fastest-response",
            "random",
            "fastest-half"
        })
        String strategy = "";

        @Param({"", Population.THREE_FILTERS})
        String filter = "";

        Pool pool;
        Selection selection;
        Strategy chosen = Strategy.RANDOM;
        final SplittableRandom random = new SplittableRandom(1);

        @Setup(Level.Trial)
        public void fill() {
            pool = pool(size, new FeedbackBook(1_000, 10));
            selection = pool.select(filter.isEmpty() ? Filter.ALL : filter(filter));
            chosen = Strategy.of(strategy);
        }
    }

    /** A pool that is written to; without views, which are built on another thread. */
    @State(Scope.Benchmark)
    public static class Written {
        @Param({"1000", "100000", "1000000"})
        int size;

        Pool pool;
        final FeedbackBook feedback = new FeedbackBook(1_000_000, 1_024);
        final PooledProxy[] next = new PooledProxy[4_096];
        int at;

        @Setup(Level.Trial)
        public void fill() {
            pool = pool(size, feedback);
            SplittableRandom random = new SplittableRandom(1);
            for (int i = 0; i < next.length; i++) {
                next[i] = Population.proxy(1 + random.nextInt(size), 1 + i);
            }
        }

        PooledProxy proxy() {
            at = at + 1 & next.length - 1;
            return next[at];
        }
    }

    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    @Fork(1)
    @Warmup(iterations = 2, time = 1)
    @Measurement(iterations = 2, time = 1)
    public Object pick(Quiet quiet) {
        return quiet.pool.pick(quiet.selection, quiet.chosen, null, quiet.random);
    }

    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    @Fork(1)
    @Warmup(iterations = 2, time = 1)
    @Measurement(iterations = 2, time = 1)
    public void update(Written written) {
        written.pool.put(written.proxy());
    }

    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    @Fork(1)
    @Warmup(iterations = 2, time = 1)
    @Measurement(iterations = 2, time = 1)
    public void report(Written written) {
        long id = written.proxy().id();
        FeedbackBook.Effect effect = written.feedback.record("crawler", id, (id & 3) != 0, Population.NOW);
        written.pool.reported(id, effect.opinionDelta(), effect.countsAsUse());
    }

    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    @Fork(1)
    @Warmup(iterations = 2, time = 1)
    @Measurement(iterations = 2, time = 1)
    public int nothing(Written written) {
        return written.at;
    }
}
