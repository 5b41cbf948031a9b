package dev.sluice.bench;

import dev.sluice.keep.ThirtyDays;
import dev.sluice.keep.ThirtyDays.Fault;
import dev.sluice.keep.ThirtyDays.Report;
import dev.sluice.port.JobState;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * Months with faults on a virtual clock, one for each seed: what was injected, what was done, and whether everything held
 * that must. Ends with 1 when something did not, and says with which seed.
 *
 * <p>Arguments: number of seeds (1000), first seed (1), proxies (10000), days (30).
 */
public final class ThirtyDaysBenchmark {
    private ThirtyDaysBenchmark() {}

    /** Runs it and prints a table in Markdown. */
    public static void main(String[] arguments) {
        int seeds = (int) argument(arguments, 0, 1_000);
        long first = argument(arguments, 1, 1);
        int proxies = (int) argument(arguments, 2, 10_000);
        int days = (int) argument(arguments, 3, 30);
        Map<Fault, Long> faults = new EnumMap<>(Fault.class);
        Map<JobState, Long> jobs = new EnumMap<>(JobState.class);
        long checks = 0;
        long late = 0;
        long unfit = 0;
        long repeated = 0;
        long transitions = 0;
        long audits = 0;
        long effects = 0;
        long fenced = 0;
        int violations = 0;
        long startedNanos = System.nanoTime();
        for (long seed = first; seed < first + seeds; seed++) {
            try {
                Report month = ThirtyDays.run(seed, proxies, days);
                month.faults().forEach((fault, times) -> faults.merge(fault, (long) times, Long::sum));
                month.jobs().forEach((state, count) -> jobs.merge(state, count, Long::sum));
                checks += month.checks();
                late += month.late();
                unfit += month.unfit();
                repeated += month.repeated();
                transitions += month.transitions();
                audits += month.audits();
                effects += month.effects();
                fenced += month.fenced();
            } catch (AssertionError e) {
                violations++;
                System.out.println(e.getMessage());
            }
            if ((seed - first) % 50 == 49) {
                System.err.printf(Locale.ROOT, "%,d seeds, %d violations%n", seed - first + 1, violations);
            }
        }
        System.out.println("| | |\n|---|---|");
        row("seeds", seeds);
        faults.forEach(
                (fault, times) -> row(fault.name().toLowerCase(Locale.ROOT).replace('_', ' '), times));
        row("checks", checks);
        row("outcomes that were late or came twice", late);
        row("changes that the store left out", unfit);
        row("checks repeated after an outage", repeated);
        row("moves between tiers", transitions);
        jobs.forEach((state, count) -> row("jobs " + state.text(), count));
        row("effects of jobs", effects);
        row("effects kept out by the fence", fenced);
        row("audits", audits);
        row("violations", violations);
        row("seconds", Math.round((System.nanoTime() - startedNanos) / 1e9));
        if (violations > 0) {
            System.exit(1);
        }
    }

    private static long argument(String[] arguments, int at, long otherwise) {
        return arguments.length > at ? Long.parseLong(arguments[at]) : otherwise;
    }

    private static void row(String what, long value) {
        System.out.printf(Locale.ROOT, "| %s | %,d |%n", what, value);
    }
}
