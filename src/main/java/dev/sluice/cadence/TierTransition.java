package dev.sluice.cadence;

import static dev.sluice.proxy.Tier.ACTIVE;
import static dev.sluice.proxy.Tier.AT_RISK;
import static dev.sluice.proxy.Tier.INACTIVE;
import static dev.sluice.proxy.Tier.UNKNOWN;

import dev.sluice.proxy.Health;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A move of a proxy from one tier to another.
 *
 * @param from never {@code to}
 * @param reason why
 */
public record TierTransition(Tier from, Tier to, TierReason reason) {
    /** Every move the rules may make. */
    public static final Set<TierTransition> LEGAL = legal();

    public TierTransition {
        if (from == to) {
            throw new IllegalArgumentException("from, to: " + from + " (expected: two tiers)");
        }
    }

    /** The move between two states of a proxy; null when it stayed where it was. */
    public static @Nullable TierTransition between(Health before, Health after) {
        return before.tier() == after.tier()
                ? null
                : new TierTransition(before.tier(), after.tier(), after.tierReason());
    }

    private static Set<TierTransition> legal() {
        Set<TierTransition> all = new LinkedHashSet<>(List.of(
                new TierTransition(UNKNOWN, ACTIVE, TierReason.FIRST_SUCCESS),
                new TierTransition(UNKNOWN, AT_RISK, TierReason.REACHED),
                new TierTransition(UNKNOWN, INACTIVE, TierReason.NEVER_WORKED),
                new TierTransition(UNKNOWN, INACTIVE, TierReason.TAMPERED),
                new TierTransition(ACTIVE, AT_RISK, TierReason.FIRST_FAILURE),
                new TierTransition(ACTIVE, INACTIVE, TierReason.TAMPERED),
                new TierTransition(AT_RISK, ACTIVE, TierReason.FORGIVEN),
                new TierTransition(AT_RISK, ACTIVE, TierReason.STEADY),
                new TierTransition(AT_RISK, ACTIVE, TierReason.FIRST_SUCCESS),
                new TierTransition(AT_RISK, INACTIVE, TierReason.FAILURES_IN_A_ROW),
                new TierTransition(AT_RISK, INACTIVE, TierReason.NEVER_WORKED),
                new TierTransition(AT_RISK, INACTIVE, TierReason.TAMPERED),
                new TierTransition(INACTIVE, AT_RISK, TierReason.REACHED),
                new TierTransition(INACTIVE, AT_RISK, TierReason.RECOVERED),
                new TierTransition(INACTIVE, AT_RISK, TierReason.FIRST_SUCCESS),
                new TierTransition(INACTIVE, AT_RISK, TierReason.CLEAN_AGAIN),
                new TierTransition(INACTIVE, ACTIVE, TierReason.CLEAN_AGAIN)));
        for (Tier from : Tier.values()) {
            for (Tier to : Tier.values()) {
                if (from != to && to != UNKNOWN) {
                    all.add(new TierTransition(from, to, TierReason.OVERRIDDEN));
                }
                if (from != to && from != UNKNOWN) {
                    all.add(new TierTransition(from, to, TierReason.OVERRIDE_ENDED));
                }
            }
        }
        return Set.copyOf(all);
    }
}
