package dev.sluice.cadence;

import dev.sluice.proxy.Health;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import org.jspecify.annotations.Nullable;

/** Tier, risk and priority of a proxy, by what is known of it and by what was ordered. Pure functions. */
final class TierRules {
    private static final double FAST_MILLIS = 500;

    private static final int PRIORITY_CONFIRM = 10;
    private static final int PRIORITY_REACHED = 8;
    private static final int PRIORITY_AT_RISK = 7;
    private static final int PRIORITY_ACTIVE = 6;
    private static final int PRIORITY_LATELY_DEAD = 5;
    private static final int PRIORITY_LONG_DEAD = 3;
    private static final int PRIORITY_NEVER_WORKED = 2;
    private static final int PRIORITY_LEAST = 1;

    private TierRules() {}

    /**
     * Puts a proxy where it belongs now.
     *
     * @param override what holds now; null for nothing
     */
    static void classify(Draft draft, Health before, @Nullable ManualOverride override, long atMillis) {
        boolean workedOnce = draft.lastAliveAtMillis > 0;
        boolean longRow = draft.consecutiveFailures >= HealthRules.FAILURES_TO_INACTIVE;
        draft.active = draft.alive || !longRow;
        // An order that comes before the thorough look changes nothing about that look.
        boolean reached = before.tierReason() == TierReason.REACHED && draft.checks == before.checks();
        Tier own = reached ? Tier.AT_RISK : tier(draft, workedOnce, longRow);
        draft.risk = risk(draft);
        draft.priority = reached ? PRIORITY_REACHED : priority(draft, own, workedOnce);
        move(draft, before, own, override, atMillis);
        if (override != null) {
            obey(draft, override);
        }
    }

    /** A connection proved that the port of a dead one answers. */
    static void reached(Draft draft, Health before, @Nullable ManualOverride override, long atMillis) {
        draft.active = true;
        draft.priority = PRIORITY_REACHED;
        if (override != null && override.tier() != null) {
            settle(draft, before, override.tier(), TierReason.OVERRIDDEN, atMillis);
        } else {
            boolean ended = before.tierReason() == TierReason.OVERRIDDEN;
            settle(draft, before, Tier.AT_RISK, ended ? TierReason.OVERRIDE_ENDED : TierReason.REACHED, atMillis);
        }
        if (override != null) {
            obey(draft, override);
        }
    }

    private static void obey(Draft draft, ManualOverride override) {
        if (override.priority() > 0) {
            draft.priority = override.priority();
        }
        if (override.active() != null) {
            draft.active = override.active();
        }
    }

    private static void move(Draft draft, Health before, Tier own, @Nullable ManualOverride override, long atMillis) {
        if (override != null && override.tier() != null) {
            settle(draft, before, override.tier(), TierReason.OVERRIDDEN, atMillis);
        } else if (before.tierReason() == TierReason.OVERRIDDEN) {
            settle(draft, before, own, TierReason.OVERRIDE_ENDED, atMillis);
        } else {
            settle(draft, before, own, reason(draft, before, own), atMillis);
        }
    }

    private static void settle(Draft draft, Health before, Tier tier, TierReason reason, long atMillis) {
        draft.tier = tier;
        draft.tierReason = reason;
        if (before.tier() != tier) {
            draft.tierSinceMillis = atMillis;
        }
    }

    private static Tier tier(Draft draft, boolean workedOnce, boolean longRow) {
        if (unjudged(draft)) {
            return Tier.UNKNOWN;
        }
        if (draft.alive) {
            boolean steady = draft.consecutiveFailures == 0 && draft.successRate >= HealthRules.STEADY_RATE;
            return steady ? Tier.ACTIVE : Tier.AT_RISK;
        }
        return draft.tampering == Tampering.NONE && workedOnce && !longRow ? Tier.AT_RISK : Tier.INACTIVE;
    }

    /** Whether no check has said yet that it works or fails; that its port answers is neither. */
    private static boolean unjudged(Draft draft) {
        return Double.isNaN(draft.successRate);
    }

    /** Why a proxy belongs where its own history puts it; where nothing new has happened, what was so before. */
    private static TierReason reason(Draft draft, Health before, Tier own) {
        if (unjudged(draft) || draft.checks == before.checks()) {
            return before.tierReason();
        }
        if (!draft.alive) {
            if (draft.tampering != Tampering.NONE) {
                return TierReason.TAMPERED;
            }
            if (own == Tier.AT_RISK) {
                return TierReason.DIED;
            }
            return draft.lastAliveAtMillis > 0 ? TierReason.FAILURES_IN_A_ROW : TierReason.NEVER_WORKED;
        }
        if (draft.consecutiveFailures > 0) {
            return TierReason.FIRST_FAILURE;
        }
        if (!before.alive()) {
            if (before.tampering() != Tampering.NONE) {
                return TierReason.CLEAN_AGAIN;
            }
            return before.lastAliveAtMillis() > 0 ? TierReason.RECOVERED : TierReason.FIRST_SUCCESS;
        }
        if (own == Tier.AT_RISK) {
            return before.consecutiveFailures() > 0 ? TierReason.UNSTEADY : before.tierReason();
        }
        if (before.tier() == own) {
            return before.tierReason();
        }
        return before.consecutiveFailures() > 0 ? TierReason.FORGIVEN : TierReason.STEADY;
    }

    private static RiskCategory risk(Draft draft) {
        if (unjudged(draft)) {
            return RiskCategory.UNRATED;
        }
        if (!draft.alive) {
            return RiskCategory.DEAD;
        }
        if (draft.consecutiveFailures > 0 || draft.successRate < 0.5) {
            return RiskCategory.HIGH;
        }
        return draft.successRate >= 0.9 && draft.successes >= HealthRules.FAILURES_TO_INACTIVE
                ? RiskCategory.LOW
                : RiskCategory.MEDIUM;
    }

    private static int priority(Draft draft, Tier own, boolean workedOnce) {
        if (unjudged(draft)) {
            return Health.DEFAULT_PRIORITY;
        }
        if (draft.alive && draft.consecutiveFailures > 0) {
            return PRIORITY_CONFIRM;
        }
        if (draft.alive && own == Tier.AT_RISK) {
            return PRIORITY_AT_RISK;
        }
        if (draft.alive) {
            int reliable = draft.successRate >= 0.9 ? 1 : 0;
            int fast = draft.latencyMillis < FAST_MILLIS ? 1 : 0;
            return PRIORITY_ACTIVE + reliable + fast;
        }
        if (draft.consecutiveFailures >= HealthRules.FAILURES_TO_INACTIVE || draft.tampering != Tampering.NONE) {
            return PRIORITY_LEAST;
        }
        if (own == Tier.AT_RISK) {
            return PRIORITY_LATELY_DEAD;
        }
        return workedOnce ? PRIORITY_LONG_DEAD : PRIORITY_NEVER_WORKED;
    }
}
