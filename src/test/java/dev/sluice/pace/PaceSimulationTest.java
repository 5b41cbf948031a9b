package dev.sluice.pace;

import java.util.List;
import org.junit.jupiter.api.Test;

class PaceSimulationTest {
    static final double NO_KNEE = 1e9;
    static final List<PathSimulation.Path> PATHS = List.of(
            new PathSimulation.Path("A", s -> 3_000, 200),
            new PathSimulation.Path("B", s -> 600, 200),
            new PathSimulation.Path("C", s -> NO_KNEE, 200, 0.45, 0.30, 3, false),
            new PathSimulation.Path("D", s -> NO_KNEE, 200),
            new PathSimulation.Path("E", s -> s < 90 ? 3_000 : 800, 200),
            new PathSimulation.Path("F", s -> 1_500, 0),
            new PathSimulation.Path("G", s -> 3_000, 200, 0.999, 0.001, 0.05, false),
            new PathSimulation.Path("H", s -> 3_000, 200, 0.72, 0.03, 0.05, true));

    @Test
    void explore() {
        for (PathSimulation.Path path : PATHS) {
            for (int limit : new int[] {512, 8000, 17600}) {
                print(path, "fixed " + limit, PathSimulation.Policy.fixed(limit), PathSimulation.AnchorView.NONE, 1);
            }
            for (long seed = 1; seed <= 3; seed++)
                for (PathSimulation.AnchorView v : PathSimulation.AnchorView.values()) {
                    print(path, "pace " + v, PathSimulation.Policy.pace(), v, seed);
                }
        }
    }

    static void print(
            PathSimulation.Path path,
            String what,
            PathSimulation.Policy policy,
            PathSimulation.AnchorView v,
            long seed) {
        PathSimulation.Run run = new PathSimulation(path, policy, v, seed).run();
        System.out.printf(
                "%s %-14s knee %6.0f all %6.0f steady %6.0f swing %.2f missed %5.2f%% most %d lag99 %.0f below %.2f %s%n",
                path.name(),
                what,
                path.knee(0),
                run.rate(0, 180),
                run.rate(path.name().equals("E") ? 100 : 30, 180),
                run.swing(path.name().equals("E") ? 100 : 30, 180),
                run.missedPercent(),
                run.mostInFlight(),
                run.lagPercentile(30),
                path.name().equals("E") ? run.secondsUntilBelow(800, 90) : 0,
                policy instanceof PathSimulation.PacePolicy p ? p.pace().state().cuts() : "");
        if (seed == 1
                && System.getenv("DUMP") != null
                && System.getenv("DUMP").equals(path.name() + v)
                && policy instanceof PathSimulation.PacePolicy) {
            for (int i = 0; i < 180 * 4; i += 2) System.out.printf("%.1f:%.0f ", i / 4.0, run.rateAt()[i]);
            System.out.println();
        }
    }
}
