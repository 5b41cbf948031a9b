package dev.sluice.cadence;

import dev.sluice.proxy.ManualOverride;
import org.jspecify.annotations.Nullable;

/**
 * What bears on the plan for a proxy besides its own history.
 *
 * @param override what the administrator ordered; null for nothing. One that has ended counts as none
 * @param recentUses uses by clients since the check before, 0 or more
 * @param demand by how much intervals are stretched, {@link Demand#factor()}
 */
public record Circumstances(@Nullable ManualOverride override, long recentUses, double demand) {
    /** Nothing ordered, nobody uses it, capacity for everything. */
    public static final Circumstances NONE = new Circumstances(null, 0, 1);

    public Circumstances {
        if (recentUses < 0) {
            throw new IllegalArgumentException("recentUses: " + recentUses + " (expected: >= 0)");
        }
        if (!(demand >= Demand.LEAST && demand <= Demand.MOST)) {
            throw new IllegalArgumentException(
                    "demand: " + demand + " (expected: " + Demand.LEAST + ".." + Demand.MOST + ")");
        }
    }

    /** What is ordered at that time; null for nothing. */
    @Nullable
    ManualOverride heldAt(long nowMillis) {
        return override != null && override.holds(nowMillis) ? override : null;
    }
}
