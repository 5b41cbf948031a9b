package dev.sluice.bench.cadence;

import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.CheckPolicy.Span;
import dev.sluice.cadence.Preset;
import dev.sluice.cadence.simulation.Bottleneck;
import dev.sluice.cadence.simulation.Generator;
import dev.sluice.cadence.simulation.Policy;
import dev.sluice.cadence.simulation.Score;
import dev.sluice.cadence.simulation.Simulation;
import dev.sluice.cadence.simulation.Trace;
import dev.sluice.cadence.simulation.World;
import dev.sluice.proxy.Tier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * When to check, played through: the rules of the program against fixed intervals, on a recorded trace and on histories drawn from
 * published hazards. What it prints, tables in Markdown, depends on nothing but its arguments.
 *
 * <p>Arguments: a seed (1). The trace is read from the folder that {@code SLUICE_TEST_DATA} names; without it only drawn
 * histories are played.
 */
public final class CadenceSimulation {
    private static final double FALSE_NEGATIVES = 0.05;
    /** Settings are chosen here, after 40 days in which the rules get to know the proxies, and scored there. */
    private static final Simulation.Span CHOOSE = new Simulation.Span(40, 100);

    private static final Simulation.Span SCORE = new Simulation.Span(100, 166);
    private static final List<Simulation.Span> BOTH = List.of(CHOOSE, SCORE);

    private static final int DRAWN = 3_000;
    private static final int DRAWN_DAYS = 120;
    private static final List<Simulation.Span> DRAWN_SPAN = List.of(new Simulation.Span(60, DRAWN_DAYS));

    /** By how much a setting has to be better than a baseline where it is chosen, so that it holds up elsewhere. */
    private static final double MARGIN = 0.01;

    private static final String MEANINGS = """
            - precision: of the hours in which a proxy was believed to work, the share in which it did
            - recall: of the hours in which a proxy worked, the share in which it was believed to
            - wrong proxy-hours: believed to work and dead, or believed dead and working
            - checks a proxy and day: all checks, confirmations included, by all proxies, those not found yet included
            - death noticed after: for proxies believed to work when they died, time until they were believed dead; those
              that came back first were not noticed, and the percentiles are of those that were
            - return noticed after: the same for proxies believed dead when they came back
            - tier accuracy: of all proxy-hours, the share in the tier that the same rules give under an oracle, which
              checks every 8 minutes and never errs; balanced: the mean over the oracle's tiers of the share in each
            """;

    private final long seed;

    private CadenceSimulation(long seed) {
        this.seed = seed;
    }

    /** Runs it. */
    public static void main(String[] arguments) {
        CadenceSimulation program = new CadenceSimulation(arguments.length == 0 ? 1 : Long.parseLong(arguments[0]));
        print("Seed %d, %.0f %% of the checks of working proxies fail.%n", program.seed, 100 * FALSE_NEGATIVES);
        System.out.println(MEANINGS);
        program.drawn();
        String folder = System.getenv("SLUICE_TEST_DATA");
        if (folder == null) {
            System.out.println("SLUICE_TEST_DATA is not set: the trace is not here.");
            return;
        }
        World trace = Trace.load(Path.of(folder, Trace.FILE));
        Map<String, List<Score>> baselines = program.presets(trace);
        program.choose(trace, baselines);
        program.tiers(trace);
        program.lists(trace);
        program.sensitivity(trace);
        program.bottleneck(trace);
        program.timeOfDay(trace);
    }

    private static Map<String, Policy> baselines() {
        Map<String, Policy> policies = new LinkedHashMap<>();
        for (int hours : new int[] {3, 6, 12, 24}) {
            policies.put("fixed " + hours + " h", Policy.every(Duration.ofHours(hours)));
        }
        policies.put(
                "tiers 24 h / 6 h / 168 h",
                Policy.every(Duration.ofHours(24), Duration.ofHours(6), Duration.ofHours(168)));
        return policies;
    }

    private static Policy policy(Preset preset) {
        return Policy.of(Policy.policy(preset));
    }

    private static String name(Preset preset) {
        return preset.name().toLowerCase(Locale.ROOT);
    }

    private Simulation simulation(World world) {
        return new Simulation(world, FALSE_NEGATIVES, seed);
    }

    private void drawn() {
        for (int times : new int[] {0, 9}) {
            World world = Generator.draw(DRAWN, DRAWN_DAYS, seed).withNeverWorking(times);
            print(
                    "## Drawn: %,d proxies, and %d that never work for each, days 60 to 120%n%n| policy | %s |%n|---%s%n",
                    DRAWN, times, Score.HEADING, "|---".repeat(8) + "|");
            baselines()
                    .forEach((name, policy) ->
                            row(name, simulation(world).play(policy, DRAWN_SPAN).get(0)));
            for (Preset preset : Preset.values()) {
                row(
                        name(preset),
                        simulation(world).play(policy(preset), DRAWN_SPAN).get(0));
            }
            System.out.println();
        }
    }

    private Map<String, List<Score>> presets(World trace) {
        print(
                "## Trace: %,d proxies of %d lists, days 100 to 166%n%n| policy | %s |%n|---%s%n",
                trace.proxies().size(), trace.groups().size(), Score.HEADING, "|---".repeat(8) + "|");
        Map<String, List<Score>> baselines = new LinkedHashMap<>();
        baselines()
                .forEach((name, policy) -> baselines.put(name, simulation(trace).play(policy, BOTH)));
        baselines.forEach((name, scores) -> row(name, scores.get(1)));
        Map<String, List<Score>> presets = new LinkedHashMap<>();
        for (Preset preset : Preset.values()) {
            presets.put(name(preset), simulation(trace).play(policy(preset), BOTH));
        }
        presets.forEach((name, scores) -> row(name, scores.get(1)));
        print("%nFewer checks than a baseline (below 0: more); \"-\" where precision or recall is lower.%n%n");
        print(
                "| days 40 to 100 / 100 to 166 | %s |%n|---%s%n",
                String.join(" | ", baselines.keySet()), "|---".repeat(5) + "|");
        presets.forEach((name, scores) -> {
            StringBuilder cells = new StringBuilder();
            baselines
                    .values()
                    .forEach(baseline -> cells.append(" | ")
                            .append(saved(scores.get(0), baseline.get(0)))
                            .append(" / ")
                            .append(saved(scores.get(1), baseline.get(1))));
            print("| %s%s |%n", name, cells);
        });
        System.out.println();
        return baselines;
    }

    private static String saved(Score score, Score baseline) {
        return score.atLeastAsGoodAs(baseline)
                ? String.format(Locale.ROOT, "%.0f %%", 100 * score.fewerThan(baseline))
                : "-";
    }

    /** Settings within the ceilings of the tiers. */
    private static Map<String, CheckPolicy> candidates() {
        Map<String, CheckPolicy> candidates = new LinkedHashMap<>();
        for (double alive : new double[] {0.2, 0.4, 0.7, 1}) {
            for (double dead : new double[] {0.03, 0.05, 0.07, 0.1, 0.16}) {
                for (int active : new int[] {60, 90}) {
                    for (int atRisk : new int[] {30, 60, 120}) {
                        for (int inactive : new int[] {1, 3}) {
                            candidates.put(
                                    String.format(
                                            Locale.ROOT,
                                            "alive %.2f, dead %.2f, at least %d min / %d min / %d h",
                                            alive,
                                            dead,
                                            active,
                                            atRisk,
                                            inactive),
                                    Policy.policy(
                                            new Span(Duration.ofMinutes(active), Duration.ofHours(24)),
                                            new Span(Duration.ofMinutes(atRisk), Duration.ofHours(6)),
                                            new Span(Duration.ofHours(inactive), Duration.ofHours(168)),
                                            alive,
                                            dead,
                                            true,
                                            Preset.BALANCED.confirm()));
                        }
                    }
                }
            }
        }
        return candidates;
    }

    private record Played(String name, List<Score> scores) {
        Score chosenOn() {
            return scores.get(0);
        }
    }

    private void choose(World trace, Map<String, List<Score>> baselines) {
        List<Played> played = new ArrayList<>();
        candidates()
                .forEach((name, policy) ->
                        played.add(new Played(name, simulation(trace).play(Policy.of(policy), BOTH))));
        print(
                "## Chosen: of %d settings, the one with the fewest checks that was better than a baseline by %.2f in both%n"
                        + "precision and recall on days 40 to 100%n%n| baseline | setting | fewer checks, days 40 to 100 |"
                        + " days 100 to 166 | precision there | recall there |%n|---|---|---|---|---|---|%n",
                played.size(), MARGIN);
        baselines.forEach((baseline, fixed) -> {
            Optional<Played> best = played.stream()
                    .filter(one -> one.chosenOn().precision() >= fixed.get(0).precision() + MARGIN
                            && one.chosenOn().recall() >= fixed.get(0).recall() + MARGIN)
                    .min(Comparator.comparingLong(one -> one.chosenOn().checks()));
            if (best.isEmpty()) {
                print("| %s | none |  |  |  |  |%n", baseline);
                return;
            }
            Score chosen = best.get().scores().get(1);
            print(
                    "| %s | %s | %.0f %% | %.0f %% | %.3f (%.3f) | %.3f (%.3f) |%n",
                    baseline,
                    best.get().name(),
                    100 * best.get().chosenOn().fewerThan(fixed.get(0)),
                    100 * chosen.fewerThan(fixed.get(1)),
                    chosen.precision(),
                    fixed.get(1).precision(),
                    chosen.recall(),
                    fixed.get(1).recall());
        });
        System.out.println();
    }

    private void tiers(World trace) {
        print(
                "## Tiers on the trace, days 100 to 166%n%n"
                        + "| policy | accuracy | balanced | of the oracle's ACTIVE | AT_RISK | INACTIVE |"
                        + " always INACTIVE | balanced |%n|---%s%n",
                "|---".repeat(7) + "|");
        for (Preset preset : Preset.values()) {
            Score score = simulation(trace).playWithTiers(policy(preset), BOTH).get(1);
            print(
                    "| %s | %.1f %% | %.1f %% | %.1f %% of %.2f %% | %.1f %% of %.2f %% | %.1f %% of %.1f %% | %.1f %% | %.1f %% |%n",
                    name(preset),
                    100 * score.tierAccuracy(),
                    100 * score.balancedTierAccuracy(),
                    100 * score.tierRecall(Tier.ACTIVE),
                    100 * score.tierShare(Tier.ACTIVE),
                    100 * score.tierRecall(Tier.AT_RISK),
                    100 * score.tierShare(Tier.AT_RISK),
                    100 * score.tierRecall(Tier.INACTIVE),
                    100 * score.tierShare(Tier.INACTIVE),
                    100 * score.tierShare(Tier.INACTIVE),
                    100.0 / 3);
        }
        System.out.println();
    }

    private void lists(World trace) {
        print(
                "## Each list of the trace by itself, days 100 to 166%n%n| list | policy | %s |%n|---%s%n",
                Score.HEADING, "|---".repeat(9) + "|");
        for (int group = 0; group < trace.groups().size(); group++) {
            World list = trace.only(group);
            String name = trace.groups().get(group);
            Map<String, Policy> policies = baselines();
            for (Preset preset : Preset.values()) {
                policies.put(name(preset), policy(preset));
            }
            policies.forEach((policy, rules) -> row(
                    name + " | " + policy, simulation(list).play(rules, BOTH).get(1)));
        }
        System.out.println();
    }

    private void sensitivity(World trace) {
        print(
                "## What matters, on the trace, days 100 to 166%n%n| variation | policy | %s |%n|---%s%n",
                Score.HEADING, "|---".repeat(9) + "|");
        Map<String, Policy> policies = baselines();
        for (Preset preset : Preset.values()) {
            policies.put(name(preset), policy(preset));
        }
        policies.forEach((name, policy) -> row(
                "15 % of the checks of working proxies fail | " + name,
                new Simulation(trace, 0.15, seed).play(policy, BOTH).get(1)));
        for (Preset preset : Preset.values()) {
            String name = " | " + name(preset);
            row("as it is" + name, played(trace, Policy.policy(preset)));
            row(
                    "value " + (preset.byValue() ? "not counted" : "counted") + name,
                    played(trace, with(preset, preset.atRisk(), !preset.byValue())));
            for (int minutes : new int[] {5, 15, 30, 60, 120}) {
                Duration shortest = Duration.ofMinutes(minutes);
                if (shortest.compareTo(preset.atRisk().longest()) <= 0) {
                    row(
                            "AT_RISK at least " + minutes + " min" + name,
                            played(
                                    trace,
                                    with(
                                            preset,
                                            new Span(shortest, preset.atRisk().longest()),
                                            preset.byValue())));
                }
            }
        }
        System.out.println();
    }

    private Score played(World world, CheckPolicy policy) {
        return simulation(world).play(Policy.of(policy), BOTH).get(1);
    }

    private static CheckPolicy with(Preset preset, Span atRisk, boolean byValue) {
        return Policy.policy(
                preset.active(),
                atRisk,
                preset.inactive(),
                preset.aliveFactor(),
                preset.deadFactor(),
                byValue,
                preset.confirm());
    }

    private void bottleneck(World trace) {
        CheckPolicy policy = Policy.policy(Preset.BALANCED);
        Simulation simulation = simulation(trace);
        double demand = played(trace, policy).checks() / (66.0 * TimeUnit.DAYS.toSeconds(1));
        print(
                "## Capacity for half of what balanced asks for, on the trace, days 100 to 166%n%n"
                        + "| capacity | stretched by | checks late by h, p50 / p95 | %s |%n|---%s%n",
                Score.HEADING, "|---".repeat(10) + "|");
        record Run(String name, double share, boolean stretched) {}
        for (Run run : List.of(
                new Run("for twice", 2, false),
                new Run("half, not stretched", 0.5, false),
                new Run("half", 0.5, true))) {
            Bottleneck.Result result =
                    Bottleneck.play(simulation, policy, run.share() * demand, run.stretched(), SCORE);
            row(
                    String.format(
                            Locale.ROOT,
                            "%s | %.2f | %.2f / %.2f",
                            run.name(),
                            result.meanFactor(),
                            result.lateness().hours(0.5),
                            result.lateness().hours(0.95)),
                    result.score());
        }
        System.out.println();
    }

    private void timeOfDay(World trace) {
        TimeOfDay hours = TimeOfDay.learn(trace, World.day(100));
        List<String> swings = new ArrayList<>();
        for (int group = 0; group < trace.groups().size(); group++) {
            swings.add(String.format(Locale.ROOT, "%s %.1f", trace.groups().get(group), hours.swing(group)));
        }
        print(
                "## Hours of the day, learnt on days 0 to 100, on the trace, days 100 to 166%n%n"
                        + "Returns in the hour with most to the one with fewest: %s.%n%n| policy | checks moved to the hours of change | %s |%n|---%s%n",
                String.join(", ", swings), Score.HEADING, "|---".repeat(9) + "|");
        for (Preset preset : Preset.values()) {
            CheckPolicy policy = Policy.policy(preset);
            row(name(preset) + " | no", played(trace, policy));
            row(
                    name(preset) + " | yes",
                    simulation(trace).play(hours.policy(policy), BOTH).get(1));
            row(
                    name(preset) + " | to the wrong ones, half a day off",
                    simulation(trace).play(hours.turned().policy(policy), BOTH).get(1));
        }
    }

    private static void row(String name, Score score) {
        System.out.println("| " + name + " | " + score.row() + " |");
    }

    private static void print(String format, Object... values) {
        System.out.print(String.format(Locale.ROOT, format, values));
    }
}
