package dev.sluice.cadence.simulation;

import dev.sluice.cadence.CheckPolicy;
import dev.sluice.cadence.HealthRules;
import dev.sluice.cadence.Preset;
import dev.sluice.message.CheckOutcome;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Health;
import java.time.Duration;
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

    /** The numbers of a preset. */
    static CheckPolicy policy(Preset preset) {
        return policy(
                preset.active(),
                preset.atRisk(),
                preset.inactive(),
                preset.aliveFactor(),
                preset.deadFactor(),
                preset.byValue(),
                preset.confirm());
    }

    /** What bears on when to check, as in {@link CheckPolicy}; no deep checks, and capacity for everything. */
    static CheckPolicy policy(
            CheckPolicy.Span active,
            CheckPolicy.Span atRisk,
            CheckPolicy.Span inactive,
            double aliveFactor,
            double deadFactor,
            boolean byValue,
            Duration confirm) {
        return new CheckPolicy(
                active,
                atRisk,
                inactive,
                aliveFactor,
                deadFactor,
                byValue,
                1,
                confirm,
                Duration.ZERO,
                Duration.ofDays(90),
                10,
                Duration.ofDays(14),
                false);
    }

    /** One interval for all, ±10 %; verdicts, confirmations and kinds of checks by the rules of the program. */
    static Policy every(Duration interval) {
        return every(interval, interval, interval);
    }

    /** One interval for each tier, likewise. The program itself refuses what exceeds the ceilings of tiers. */
    static Policy every(Duration active, Duration atRisk, Duration inactive) {
        CheckPolicy policy = policy(Preset.BALANCED);
        return new Policy() {
            @Override
            public Health after(Health before, CheckOutcome outcome, RandomGenerator random) {
                Health health = HealthRules.after(before, outcome, policy, random);
                boolean awaitsConfirmation = health.alive() && health.consecutiveFailures() > 0;
                if (awaitsConfirmation || health.nextCheckAtMillis() <= outcome.checkedAtMillis()) {
                    return health;
                }
                double spread = 0.9 + 0.2 * random.nextDouble();
                Duration interval = switch (health.tier()) {
                    case ACTIVE -> active;
                    case AT_RISK -> atRisk;
                    case INACTIVE, UNKNOWN -> inactive;
                };
                return due(health, outcome.checkedAtMillis() + Math.round(spread * interval.toMillis()));
            }

            @Override
            public CheckKind kindFor(Health health, long nowMillis) {
                return HealthRules.kindFor(health, policy, nowMillis);
            }
        };
    }

    /** The same state, due at another time. */
    static Health due(Health health, long atMillis) {
        return new Health(
                health.alive(),
                health.active(),
                health.verified(),
                health.capabilities(),
                health.anonymity(),
                health.anonymitySeen(),
                health.tampering(),
                health.probation(),
                health.exitAddress(),
                health.rotation(),
                health.tier(),
                health.tierReason(),
                health.tierSinceMillis(),
                health.risk(),
                health.priority(),
                atMillis,
                health.checkEveryMillis(),
                health.stateSinceMillis(),
                health.lastCheckedAtMillis(),
                health.lastAliveAtMillis(),
                health.successRate(),
                health.latencyMillis(),
                health.latencies(),
                health.deep(),
                health.consecutiveFailures(),
                health.checks(),
                health.successes(),
                health.uses(),
                health.lastReason(),
                health.version());
    }
}
