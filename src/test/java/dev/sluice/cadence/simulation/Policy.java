package dev.sluice.cadence.simulation;

import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.HealthRules;
import dev.sluice.message.CheckOutcome;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Health;
import java.util.random.RandomGenerator;

/** Who decides when to check and what an outcome means. */
public interface Policy {
    /** As {@link HealthRules#after}. */
    Health after(Health before, CheckOutcome outcome, RandomGenerator random);

    /** As {@link HealthRules#kindFor}. */
    CheckKind kindFor(Health health, long nowMillis);

    /** The rules of the program. */
    static Policy of(CheckPolicy policy) {
        return new Policy() {
            @Override
            public Health after(Health before, CheckOutcome outcome, RandomGenerator random) {
                return HealthRules.after(before, outcome, policy, random);
            }

            @Override
            public CheckKind kindFor(Health health, long nowMillis) {
                return HealthRules.kindFor(health, policy, nowMillis);
            }
        };
    }
}
