package dev.sluice.cadence;

import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Why a proxy is checked when it is: the rule that set the time, and what went into it. Worked out from the state as it was
 * stored; what was asked for or put off since is not in it where due work is kept in memory.
 *
 * @param rule what set the time
 * @param kind how thorough the check will be
 * @param atMillis when it is due; 0 for never
 * @param span bounds of the interval; null where none counts
 * @param ownMillis the interval its own history asks for, 0 where none counts
 * @param factor share of the time it has been in its state that this is, before {@code value} and the bounds
 * @param value what lengthens or shortens it ({@link HealthRules#value}), without the uses of late; 1 where that is not heeded
 * @param demand by how much intervals are stretched now
 * @param plannedMillis from the last check to the next
 * @param shift how the time lies to the one that those figures give
 */
public record PlannedCheck(
        Rule rule,
        CheckKind kind,
        long atMillis,
        CheckPolicy.@Nullable Span span,
        long ownMillis,
        double factor,
        double value,
        double demand,
        long plannedMillis,
        Shift shift) {
    /** The spread of intervals, and a little for rounding. */
    private static final double TOLERANCE = 0.11;

    /** What sets the time of a check. */
    public enum Rule {
        /** Archived: checked no more. */
        ARCHIVED,
        /** Never checked: as soon as there is room. */
        FIRST,
        /** It failed once: another check has to confirm that. */
        CONFIRM,
        /** Its port answers again: a thorough check has to say more. */
        REACHED,
        /** An administrator ordered that it is left alone: the longest interval of its tier. */
        LEFT_ALONE,
        /** The interval of its tier. */
        INTERVAL;

        private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');

        /** Lower-case name with dashes. */
        public String text() {
            return text;
        }
    }

    /** Earlier or later than the figures say. */
    public enum Shift {
        /** As they say, within the spread of a tenth. */
        NONE,
        /** Earlier: an order, a report, or a try that failed on our own side. */
        EARLIER,
        /** Later: clients saw it work, or less could be checked when it was planned, or our own side failed. */
        LATER;

        /** Name in lower case. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Why {@code stored} is checked when it is.
     *
     * @param demand by how much intervals are stretched now
     * @param nowMillis when that is asked
     */
    public static PlannedCheck of(StoredProxy stored, CheckPolicy policy, double demand, long nowMillis) {
        Health health = stored.health();
        Rule rule = rule(stored, nowMillis);
        boolean interval = rule == Rule.INTERVAL || rule == Rule.LEFT_ALONE;
        Tier tier = health.tier();
        CheckPolicy.Span span = interval ? policy.span(tier) : null;
        double factor = !interval ? 0 : health.alive() ? policy.aliveFactor() : policy.deadFactor();
        double value = interval && policy.byValue() ? HealthRules.value(health, 0) : 1;
        long own = interval || rule == Rule.CONFIRM ? health.checkEveryMillis() : 0;
        long planned = health.judged() ? Math.max(0, health.nextCheckAtMillis() - health.lastCheckedAtMillis()) : 0;
        long figure = span == null
                ? 0
                : Math.min(
                        NextCheck.stretched(span, own, demand),
                        CheckPolicy.ceiling(tier).toMillis());
        return new PlannedCheck(
                rule,
                HealthRules.kindFor(health, policy, nowMillis),
                rule == Rule.ARCHIVED ? 0 : health.nextCheckAtMillis(),
                span,
                own,
                factor,
                value,
                demand,
                planned,
                figure == 0 ? Shift.NONE : shift(planned, figure));
    }

    private static Shift shift(long planned, long figure) {
        if (planned < figure * (1 - TOLERANCE)) {
            return Shift.EARLIER;
        }
        return planned > figure * (1 + TOLERANCE) ? Shift.LATER : Shift.NONE;
    }

    private static Rule rule(StoredProxy stored, long nowMillis) {
        Health health = stored.health();
        if (stored.archived()) {
            return Rule.ARCHIVED;
        }
        if (!health.judged()) {
            return Rule.FIRST;
        }
        if (health.alive() && health.consecutiveFailures() > 0) {
            return Rule.CONFIRM;
        }
        if (health.tierReason() == TierReason.REACHED && health.nextCheckAtMillis() <= health.lastCheckedAtMillis()) {
            return Rule.REACHED;
        }
        ManualOverride order = stored.override();
        boolean leftAlone = order != null && order.holds(nowMillis) && Boolean.FALSE.equals(order.active());
        return leftAlone ? Rule.LEFT_ALONE : Rule.INTERVAL;
    }
}
