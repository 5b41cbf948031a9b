package dev.sluice.cadence;

import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import org.jspecify.annotations.Nullable;

/** A {@link Health} in the making; the components under their own names. */
final class Draft {
    boolean alive;
    boolean active;
    Verified verified;
    int capabilities;
    Anonymity anonymity;
    Tampering tampering;

    @Nullable
    String exitAddress;

    Tier tier;
    RiskCategory risk;
    int priority;
    long nextCheckAtMillis;
    long checkEveryMillis;
    long stateSinceMillis;
    long lastCheckedAtMillis;
    long lastAliveAtMillis;
    double successRate;
    double latencyMillis;
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
        tampering = from.tampering();
        exitAddress = from.exitAddress();
        tier = from.tier();
        risk = from.risk();
        priority = from.priority();
        nextCheckAtMillis = from.nextCheckAtMillis();
        checkEveryMillis = from.checkEveryMillis();
        stateSinceMillis = from.stateSinceMillis();
        lastCheckedAtMillis = from.lastCheckedAtMillis();
        lastAliveAtMillis = from.lastAliveAtMillis();
        successRate = from.successRate();
        latencyMillis = from.latencyMillis();
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
                tampering,
                exitAddress,
                tier,
                risk,
                priority,
                nextCheckAtMillis,
                checkEveryMillis,
                stateSinceMillis,
                lastCheckedAtMillis,
                lastAliveAtMillis,
                successRate,
                latencyMillis,
                consecutiveFailures,
                checks,
                successes,
                uses,
                lastReason,
                version);
    }
}
