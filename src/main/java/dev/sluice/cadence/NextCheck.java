package dev.sluice.cadence;

import dev.sluice.cadence.CheckPolicy.Span;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** When a proxy is checked next. Pure functions. */
final class NextCheck {
    /** Intervals are spread by this share, so that what was found together is not checked together for ever. */
    private static final double SPREAD = 0.1;
    /** Confirmations are spread further: 40 s become 20 to 60, so that a short outage does not meet both checks of many. */
    private static final double CONFIRM_SPREAD = 0.5;

    private static final int PRIORITY_OF_VALUE = 8;
    private static final double USES_OF_PRIORITY = 5;
    private static final double USES_OF_MOST_VALUE = 10;

    private NextCheck() {}

    /**
     * Plans the next check of what was checked, or seen working, at {@code fromMillis}.
     *
     * @param override what holds now; null for nothing
     */
    static void plan(
            Draft draft,
            long fromMillis,
            CheckPolicy policy,
            Circumstances circumstances,
            @Nullable ManualOverride override,
            RandomGenerator random) {
        if (draft.alive && draft.consecutiveFailures > 0) {
            draft.checkEveryMillis = policy.confirm().toMillis();
            draft.nextCheckAtMillis = fromMillis + spread(draft.checkEveryMillis, CONFIRM_SPREAD, random);
            return;
        }
        Span span = policy.span(draft.tier);
        draft.checkEveryMillis = override != null && Boolean.FALSE.equals(override.active())
                ? span.longest().toMillis()
                : own(draft, span, fromMillis, policy, circumstances.recentUses());
        long interval = stretched(span, draft.checkEveryMillis, circumstances.demand());
        long ceiling = (long) (CheckPolicy.ceiling(draft.tier).toMillis() / (1 + SPREAD));
        draft.nextCheckAtMillis = fromMillis + spread(Math.min(interval, ceiling), random);
        if (override != null) {
            draft.nextCheckAtMillis = Math.min(draft.nextCheckAtMillis, override.untilMillis());
        }
    }

    /** The interval a proxy's own history asks for: a share of its time in the present state, within bounds. */
    private static long own(Draft draft, Span span, long fromMillis, CheckPolicy policy, long recentUses) {
        double factor = draft.alive ? policy.aliveFactor() : policy.deadFactor();
        if (policy.byValue()) {
            factor *= value(draft.health(), recentUses);
        }
        return within(span, factor * Math.max(0, fromMillis - since(draft)));
    }

    /** What once was unsteady begins again at the shortest interval, however long it has been alive. */
    private static long since(Draft draft) {
        boolean again = draft.alive && (draft.tier == Tier.AT_RISK || draft.tierReason == TierReason.STEADY);
        return again ? Math.max(draft.stateSinceMillis, draft.tierSinceMillis) : draft.stateSinceMillis;
    }

    /** That interval stretched by the demand for checks, or shrunk, within the same bounds. */
    static long stretched(Span span, long ownMillis, double demand) {
        return within(span, demand * ownMillis);
    }

    private static long within(Span span, double millis) {
        return Math.round(
                Math.max(span.shortest().toMillis(), Math.min(span.longest().toMillis(), millis)));
    }

    static double value(Health health, long recentUses) {
        if (!health.alive() && health.lastAliveAtMillis() == 0) {
            return 2;
        }
        double wanted = 0;
        if (health.alive()) {
            wanted = recentUses + (health.priority() >= PRIORITY_OF_VALUE ? USES_OF_PRIORITY : 0);
        }
        double poor = Double.isNaN(health.successRate()) ? 0 : Math.max(0, 1 - 2 * health.successRate());
        return (1 + poor) / (1 + Math.min(1, wanted / USES_OF_MOST_VALUE));
    }

    static long spread(long millis, RandomGenerator random) {
        return spread(millis, SPREAD, random);
    }

    private static long spread(long millis, double share, RandomGenerator random) {
        return Math.max(1, Math.round(millis * (1 - share + 2 * share * random.nextDouble())));
    }
}
