package dev.sluice.proxy;

import org.jspecify.annotations.Nullable;

/**
 * What an administrator ordered for a proxy, instead of what the rules make of it. Whether it is alive is never
 * ordered: that is what checks say.
 *
 * @param tier the tier it is kept in; null for that of the rules. {@code UNKNOWN} cannot be ordered
 * @param priority 1 (low)..10 (high); 0 for that of the rules
 * @param active whether it gets regular checks; null for what the rules say
 * @param untilMillis when it ends, milliseconds since 1970-01-01T00:00Z; {@link Long#MAX_VALUE} for never
 */
public record ManualOverride(
        @Nullable Tier tier, int priority, @Nullable Boolean active, long untilMillis) {
    public ManualOverride {
        if (tier == Tier.UNKNOWN) {
            throw new IllegalArgumentException("tier: unknown (expected: active, at-risk or inactive)");
        }
        if (priority < 0 || priority > 10) {
            throw new IllegalArgumentException("priority: " + priority + " (expected: 1..10, or 0 for none)");
        }
        if (tier == null && priority == 0 && active == null) {
            throw new IllegalArgumentException("override: nothing ordered (expected: a tier, a priority or active)");
        }
        if (untilMillis <= 0) {
            throw new IllegalArgumentException("untilMillis: " + untilMillis + " (expected: above 0)");
        }
    }

    /** Whether it still holds. */
    public boolean holds(long nowMillis) {
        return nowMillis < untilMillis;
    }
}
