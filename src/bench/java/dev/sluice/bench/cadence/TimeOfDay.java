package dev.sluice.bench.cadence;

import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.HealthRules;
import dev.sluice.cadence.simulation.Lifeline;
import dev.sluice.cadence.simulation.Policy;
import dev.sluice.cadence.simulation.World;
import dev.sluice.message.CheckOutcome;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Health;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Hours of the day in which proxies of a list come back and die, as 24 counters for each, and what one could do with them: let the time to
 * the next check run fast in hours in which much changes and slowly in others, so that as many checks fall where there is
 * more to see.
 */
final class TimeOfDay {
    private static final int HOURS = 24;
    private static final long HOUR_MILLIS = TimeUnit.HOURS.toMillis(1);

    /** By list, 0 for deaths and 1 for returns, and hour; 1 on average. */
    private final double[][][] speed;

    private final List<Lifeline> proxies;

    private TimeOfDay(double[][][] speed, List<Lifeline> proxies) {
        this.speed = speed;
        this.proxies = proxies;
    }

    /** Counts what happened before {@code untilMillis}; the truth, so that it knows more than checks could tell. */
    static TimeOfDay learn(World world, long untilMillis) {
        double[][][] counts = new double[world.groups().size()][2][HOURS];
        for (Lifeline proxy : world.proxies()) {
            for (int i = 0; i < proxy.flips().length && proxy.flips()[i] < untilMillis; i++) {
                counts[proxy.group()][i % 2 == 0 ? 1 : 0][hour(proxy.flips()[i])]++;
            }
        }
        for (double[][] group : counts) {
            for (double[] hours : group) {
                double mean = Arrays.stream(hours).average().orElse(1);
                for (int hour = 0; hour < HOURS; hour++) {
                    // An hour never seen to change still passes: at a tenth of the usual speed.
                    hours[hour] = mean == 0 ? 1 : Math.max(0.1, hours[hour] / mean);
                }
            }
        }
        return new TimeOfDay(counts, world.proxies());
    }

    /** The same learnt half a day wrong: what it does then is not due to the time of day. */
    TimeOfDay turned() {
        double[][][] turned = new double[speed.length][2][HOURS];
        for (int group = 0; group < speed.length; group++) {
            for (int kind = 0; kind < 2; kind++) {
                for (int hour = 0; hour < HOURS; hour++) {
                    turned[group][kind][hour] = speed[group][kind][(hour + HOURS / 2) % HOURS];
                }
            }
        }
        return new TimeOfDay(turned, proxies);
    }

    /** Largest to smallest count of returns in an hour of the day, of a list. */
    double swing(int group) {
        double[] hours = speed[group][1];
        return Arrays.stream(hours).max().orElseThrow()
                / Arrays.stream(hours).min().orElseThrow();
    }

    /** The rules of the program with the next check moved. */
    Policy policy(CheckPolicy policy) {
        return new Policy() {
            @Override
            public Health after(Health before, CheckOutcome outcome, RandomGenerator random) {
                Health health = HealthRules.after(before, outcome, policy, random);
                long now = outcome.checkedAtMillis();
                boolean awaitsConfirmation = health.alive() && health.consecutiveFailures() > 0;
                if (awaitsConfirmation || health.nextCheckAtMillis() <= now) {
                    return health;
                }
                int group = proxies.get((int) outcome.proxy().id() - 1).group();
                return Policy.due(
                        health, moved(speed[group][health.alive() ? 0 : 1], now, health.nextCheckAtMillis() - now));
            }

            @Override
            public CheckKind kindFor(Health health, long nowMillis) {
                return HealthRules.kindFor(health, policy, nowMillis);
            }
        };
    }

    private static long moved(double[] speed, long now, long interval) {
        double left = interval % (HOURS * HOUR_MILLIS);
        long at = now + interval - (long) left;
        while (true) {
            double here = speed[hour(at)];
            long rest = HOUR_MILLIS - Math.floorMod(at, HOUR_MILLIS);
            if (left <= rest * here) {
                return at + Math.max(1, Math.round(left / here));
            }
            left -= rest * here;
            at += rest;
        }
    }

    private static int hour(long millis) {
        return (int) Math.floorMod(millis / HOUR_MILLIS, HOURS);
    }
}
