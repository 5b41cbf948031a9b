package dev.sluice.pace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.pace.PathSimulation.AnchorView;
import dev.sluice.pace.PathSimulation.Path;
import dev.sluice.pace.PathSimulation.Policy;
import dev.sluice.pace.PathSimulation.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the controller gets out of paths of all kinds, against fixed limits. The steady part begins after 30 s, or 10 s after
 * the path changed. Swing is the largest distance of the allowed rate, looked at four times a second, from its mean over the
 * steady part. The table of all runs is printed.
 */
class PaceSimulationTest {
    private static final double NO_KNEE = 1e9;
    private static final int CHANGE = 90;
    private static final long[] SEEDS = {1, 2};

    private static final Path STEADY = new Path("A knee 3000/s", millis -> 3_000, 200);
    private static final Path DROPPING =
            new Path("E knee 3000 -> 800/s", millis -> millis < CHANGE * 1_000 ? 3_000 : 800, 200);

    private static final List<Path> PATHS = List.of(
            STEADY,
            new Path("B knee 600/s", millis -> 600, 200),
            new Path("C processor", millis -> NO_KNEE, 200, millis -> 0.45, 0.30, 3, false),
            new Path("D no knee", millis -> NO_KNEE, 200),
            DROPPING,
            new Path("F policer 1500/s", millis -> 1_500, 0),
            new Path("G 99.9 % silent", millis -> 3_000, 200, millis -> 0.999, 0.001, 0.05, false));

    /** What a kernel does unless told otherwise: one dead target costs five packets, the last after four seconds. */
    private static final Path REPEATING =
            new Path("H A, SYNs repeated", millis -> 3_000, 200, millis -> 0.72, 0.03, 0.05, true);

    private static final List<String> TABLE = new ArrayList<>();

    static Stream<Path> paths() {
        return PATHS.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("paths")
    void aPathAboveItsKneeCostsSpeedAndNotLiveProxies(Path path) {
        for (long seed : SEEDS) {
            Run run = run(path, "pace", Policy.pace(), AnchorView.READINGS, seed);
            String what = path.name() + ", seed " + seed;

            assertThat(run.missedPercent()).as("live missed, " + what).isLessThanOrEqualTo(2);
            assertThat(run.mostInFlight()).as("in flight, " + what).isLessThanOrEqualTo(PathSimulation.LIMIT);
            if (path == DROPPING) {
                assertSteady(run, path, 30, CHANGE, what);
            }
            assertSteady(run, path, steadyFrom(path), PathSimulation.SECONDS, what);
        }
    }

    private static void assertSteady(Run run, Path path, int from, int to, String what) {
        String where = what + ", seconds " + from + ".." + to;
        assertThat(run.rate(from, to)).as("rate, " + where).isGreaterThanOrEqualTo(0.8 * path.knee(from));
        assertThat(run.swing(from, to)).as("swing, " + where).isLessThanOrEqualTo(0.25);
    }

    @ParameterizedTest(name = "{0} ms into a second")
    @ValueSource(ints = {0, 200, 400, 600, 800})
    void aKneeThatDropsIsMetWithinThreeSeconds(int millisIn) {
        double drops = CHANGE + millisIn / 1_000.0;
        Path path = new Path("E", millis -> millis < drops * 1_000 ? 3_000 : 800, 200);
        for (long seed : SEEDS) {
            Run run = new PathSimulation(path, Policy.pace(), AnchorView.READINGS, seed).run();

            assertThat(run.secondsUntilBelow(800, drops))
                    .as("seconds, seed " + seed)
                    .isLessThanOrEqualTo(3);
        }
    }

    @Test
    void aFixedLimitIsSlowOrLosesLiveProxies() {
        List<Run> fixed = new ArrayList<>();
        for (Path path : PATHS) {
            for (int limit : new int[] {512, 8_000, PathSimulation.LIMIT}) {
                fixed.add(run(path, "fixed " + limit, Policy.fixed(limit), AnchorView.NONE, 1));
            }
        }

        assertThat(fixed.get(0).rate(30, PathSimulation.SECONDS)).isLessThan(0.1 * STEADY.knee(30));
        assertThat(fixed.get(2).missedPercent()).isGreaterThan(10);
    }

    @Test
    void theListAloneTellsWhereNoAnchorDoes() {
        for (Path path : List.of(STEADY, PATHS.get(1), DROPPING, PATHS.get(5))) {
            Run run = run(path, "pace, no anchors", Policy.pace(), AnchorView.NONE, 1);

            int from = steadyFrom(path);
            assertThat(run.missedPercent()).as("live missed, " + path.name()).isLessThanOrEqualTo(6);
            assertThat(run.rate(from, PathSimulation.SECONDS))
                    .as("rate, " + path.name())
                    .isGreaterThanOrEqualTo(0.8 * path.knee(from));
        }
    }

    @Test
    void aListThatTurnsDeadIsNotTakenForABadPath() {
        Path path = new Path(
                "M list turns dead",
                millis -> 3_000,
                200,
                millis -> millis < 60_000 ? 0.20 : millis < 120_000 ? 0.96 : 0.40,
                0.03,
                0.05,
                false);
        for (AnchorView view : List.of(AnchorView.READINGS, AnchorView.NONE)) {
            Run run = run(path, "pace, anchors " + view, Policy.pace(), view, 1);

            assertThat(run.rate(70, 120)).as("rate, " + view).isGreaterThanOrEqualTo(0.8 * path.knee(70));
            assertThat(run.missedPercent()).as("live missed, " + view).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void repeatedPacketsDelayTheNewsAndLoseNothing() {
        run(REPEATING, "fixed 17600", Policy.fixed(PathSimulation.LIMIT), AnchorView.NONE, 1);
        for (long seed : SEEDS) {
            Run run = run(REPEATING, "pace", Policy.pace(), AnchorView.READINGS, seed);

            assertThat(run.missedPercent()).as("live missed, seed " + seed).isLessThanOrEqualTo(2);
            assertThat(run.rate(30, PathSimulation.SECONDS))
                    .as("rate, seed " + seed)
                    .isGreaterThanOrEqualTo(0.7 * REPEATING.knee(30));
        }
    }

    @Test
    void theSameSeedGivesTheSameRun() {
        Run one = new PathSimulation(STEADY, Policy.pace(), AnchorView.READINGS, 7).run();
        Run other = new PathSimulation(STEADY, Policy.pace(), AnchorView.READINGS, 7).run();

        assertThat(one.startsIn()).isEqualTo(other.startsIn());
        assertThat(one.rateAt()).isEqualTo(other.rateAt());
        assertThat(one.missed()).isEqualTo(other.missed());
    }

    private static int steadyFrom(Path path) {
        return path == DROPPING ? CHANGE + 10 : 30;
    }

    private static Run run(Path path, String policy, Policy decides, AnchorView view, long seed) {
        Run run = new PathSimulation(path, decides, view, seed).run();
        int from = steadyFrom(path);
        TABLE.add(String.format(
                Locale.ROOT,
                "| %-22s | %-24s | %4d | %6.0f | %6.0f | %3.0f %% | %6.2f %% | %5.0f ms |",
                path.name(),
                policy,
                seed,
                path.knee(from),
                run.rate(from, PathSimulation.SECONDS),
                100 * run.rate(from, PathSimulation.SECONDS) / path.knee(from),
                run.missedPercent(),
                run.lagPercentile(from)));
        return run;
    }

    @AfterAll
    static void printTheTable() {
        System.out.println(
                "| path                   | policy                   | seed | knee/s | rate/s | share | missed   | lag p99  |");
        TABLE.stream().sorted().forEach(System.out::println);
    }
}
