package dev.sluice.cadence.simulation;

import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.Circumstances;
import dev.sluice.cadence.Demand;
import dev.sluice.cadence.DueCalendar;
import dev.sluice.cadence.HealthRules;
import dev.sluice.message.DueProxy;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Health;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Plays a policy where no more than so many checks a second can be made, with the program's calendar of due work: what is due
 * waits, and leaves by priority. {@link Demand} may stretch the intervals so that less is due.
 */
public final class Bottleneck {
    private static final long STEP_MILLIS = 20_000;
    private static final long BACKLOG_EVERY_STEPS = 30;
    private static final long LEASE_MILLIS = TimeUnit.HOURS.toMillis(1);

    private final Simulation simulation;
    private final CheckPolicy policy;
    private final double perSecond;
    private final boolean stretched;
    private final Demand demand;
    private final DueCalendar calendar = new DueCalendar();
    private final Health[] health;
    private final int[] next;
    private final SplittableRandom[] spread;
    private final Course[] belief;
    private final Delays lateness = new Delays();
    private final Score score;
    private double factors;
    private long steps;

    private Bottleneck(
            Simulation simulation, CheckPolicy policy, double perSecond, boolean stretched, Simulation.Span span) {
        this.simulation = simulation;
        this.policy = policy;
        this.perSecond = perSecond;
        this.stretched = stretched;
        this.demand = new Demand(policy);
        this.score = span.score();
        int count = simulation.world().proxies().size();
        health = new Health[count];
        next = new int[count];
        spread = new SplittableRandom[count];
        belief = new Course[count];
        calendar.reserve(count);
        for (int i = 0; i < count; i++) {
            Lifeline truth = simulation.world().proxies().get(i);
            health[i] = Health.fresh(truth.foundAtMillis());
            spread[i] = new SplittableRandom(Randomness.mix(simulation.seed(), i));
            belief[i] = new Course();
            calendar.put(i, health[i].priority(), truth.foundAtMillis());
        }
    }

    /**
     * Plays it.
     *
     * @param perSecond checks that can be made
     * @param stretched whether intervals are stretched by demand
     */
    public static Result play(
            Simulation simulation, CheckPolicy policy, double perSecond, boolean stretched, Simulation.Span span) {
        return new Bottleneck(simulation, policy, perSecond, stretched, span).play(span);
    }

    private Result play(Simulation.Span span) {
        double credit = 0;
        long backlog = 0;
        long step = 0;
        long from = World.day(span.fromDay());
        long to = World.day(span.toDay());
        for (long now = World.START_MILLIS; now < simulation.world().endMillis(); now += STEP_MILLIS) {
            boolean scored = now >= from && now < to;
            if (step++ % BACKLOG_EVERY_STEPS == 0) {
                backlog = due(now);
            }
            if (stretched) {
                demand.observe(perSecond, backlog, TimeUnit.MILLISECONDS.toNanos(now));
            }
            credit = Math.min(credit + perSecond * STEP_MILLIS / 1_000, Math.max(1, perSecond * 60));
            long[] taken = calendar.take(now, 1, DueCalendar.HIGHEST_PRIORITY, (int) credit, LEASE_MILLIS);
            credit -= taken.length;
            for (long id : taken) {
                check((int) id, now, scored);
            }
            if (scored) {
                factors += demand.factor();
                steps++;
            }
        }
        for (int i = 0; i < belief.length; i++) {
            score.proxy();
            score.belief(belief[i], simulation.world().proxies().get(i));
        }
        return new Result(score, lateness, factors / steps);
    }

    private long due(long now) {
        return Arrays.stream(health)
                .filter(one -> one.nextCheckAtMillis() <= now)
                .count();
    }

    private void check(int i, long now, boolean scored) {
        Lifeline truth = simulation.world().proxies().get(i);
        while (next[i] < truth.flips().length && truth.flips()[next[i]] <= now) {
            next[i]++;
        }
        Health before = health[i];
        CheckKind kind = HealthRules.kindFor(before, policy, now);
        boolean works = simulation.works(i, Lifeline.worksBefore(next[i]), now);
        health[i] = HealthRules.after(
                before,
                Simulation.outcome(new DueProxy(i + 1, Simulation.KEY, before, kind), works, now),
                policy,
                new Circumstances(null, 0, demand.factor()),
                spread[i]);
        demand.changed(before, health[i]);
        belief[i].becomes((byte) (health[i].alive() ? 1 : 0), now);
        calendar.put(i, health[i].priority(), health[i].nextCheckAtMillis());
        score.check(kind, now);
        if (scored) {
            lateness.add(now - before.nextCheckAtMillis());
        }
    }

    /**
     * What came of it.
     *
     * @param score of the span
     * @param lateness how long checks waited after they were due
     * @param meanFactor by which intervals were stretched
     */
    public record Result(Score score, Delays lateness, double meanFactor) {}
}
