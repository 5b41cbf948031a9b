package dev.sluice.cadence;

import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Rotation;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.proxy.Verified;
import org.jspecify.annotations.Nullable;

/** A {@link Health} in the making; the components under their own names. */
final class Draft {
    boolean alive;
    boolean active;
    Verified verified;
    int capabilities;
    Anonymity anonymity;
    Anonymity anonymitySeen;
    Tampering tampering;
    Health.Probation probation;

    @Nullable
    String exitAddress;

    Rotation rotation;
    Tier tier;
    TierReason tierReason;
    long tierSinceMillis;
    RiskCategory risk;
    int priority;
    long nextCheckAtMillis;
    long checkEveryMillis;
    long stateSinceMillis;
    long lastCheckedAtMillis;
    long lastAliveAtMillis;
    double successRate;
    double latencyMillis;
    Latencies latencies;

    Health.@Nullable Deep deep;

    int consecutiveFailures;
    long checks;
    long successes;
    long uses;
    FailureReason lastReason;
    int version;

    Draft(Health from) {
        alive = from.alive();
        active = from.active();
        verified = from.verified();
        capabilities = from.capabilities();
        anonymity = from.anonymity();
        anonymitySeen = from.anonymitySeen();
        tampering = from.tampering();
        probation = from.probation();
        exitAddress = from.exitAddress();
        rotation = from.rotation();
        tier = from.tier();
        tierReason = from.tierReason();
        tierSinceMillis = from.tierSinceMillis();
        risk = from.risk();
        priority = from.priority();
        nextCheckAtMillis = from.nextCheckAtMillis();
        checkEveryMillis = from.checkEveryMillis();
        stateSinceMillis = from.stateSinceMillis();
        lastCheckedAtMillis = from.lastCheckedAtMillis();
        lastAliveAtMillis = from.lastAliveAtMillis();
        successRate = from.successRate();
        latencyMillis = from.latencyMillis();
        latencies = from.latencies();
        deep = from.deep();
        consecutiveFailures = from.consecutiveFailures();
        checks = from.checks();
        successes = from.successes();
        uses = from.uses();
        lastReason = from.lastReason();
        version = from.version();
    }

    Health health() {
        return new Health(
                alive,
                active,
                verified,
                capabilities,
                anonymity,
                anonymitySeen,
                tampering,
                probation,
                exitAddress,
                rotation,
                tier,
                tierReason,
                tierSinceMillis,
                risk,
                priority,
                nextCheckAtMillis,
                checkEveryMillis,
                stateSinceMillis,
                lastCheckedAtMillis,
                lastAliveAtMillis,
                successRate,
                latencyMillis,
                latencies,
                deep,
                consecutiveFailures,
                checks,
                successes,
                uses,
                lastReason,
                version);
    }
}
