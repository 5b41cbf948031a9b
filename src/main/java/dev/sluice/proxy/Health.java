package dev.sluice.proxy;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Everything checks have taught about a proxy, and when to check it next. Owned by {@code keep}: only it makes new ones,
 * by a pure function of the old state and an outcome. Times are milliseconds since 1970-01-01T00:00Z, 0 for never.
 *
 * @param alive the last confirmed verdict; decides what is served
 * @param active false after five failures in a row: no regular re-checks, only a try by connect now and then
 * @param verified by what kind of check
 * @param capabilities proven {@link Capability} bits
 * @param anonymity as judged; rises when two checks in a row agree, falls with one
 * @param anonymitySeen what the latest judged check saw
 * @param tampering what it was caught doing, until that is lifted
 * @param probation what it takes to lift that
 * @param exitAddress address from which targets see it; null when not known
 * @param rotation whether that address changes from request to request
 * @param tier attention class
 * @param tierReason why it is in that tier
 * @param tierSinceMillis when it came into that tier; 0 when nothing has moved it
 * @param risk risk category
 * @param priority 1 (low)..10 (high)
 * @param nextCheckAtMillis when it is due
 * @param checkEveryMillis the interval its own history asks for, before a want of capacity stretches it; 0 when never
 *     checked
 * @param stateSinceMillis since when {@code alive} has its value
 * @param lastCheckedAtMillis last verdict
 * @param lastAliveAtMillis last verdict that was good
 * @param successRate moving average of successes, 0..1; {@code Double.NaN} before the first observation
 * @param latencyMillis moving average of latency of successes; {@code Double.NaN} before the first
 * @param latencies how latencies of judged requests are spread, empty where {@code verified} is not {@code FULL}
 * @param deep what the latest deep check measured; null before the first
 * @param consecutiveFailures failures since the last success
 * @param checks verdicts in all
 * @param successes good verdicts in all
 * @param uses feedback reports and gateway requests
 * @param lastReason why the last check failed, {@link FailureReason#NONE} when it did not
 * @param version grows by one with every stored change; the store compares it and sets
 */
public record Health(
        boolean alive,
        boolean active,
        Verified verified,
        int capabilities,
        Anonymity anonymity,
        Anonymity anonymitySeen,
        Tampering tampering,
        Probation probation,
        @Nullable String exitAddress,
        Rotation rotation,
        Tier tier,
        TierReason tierReason,
        long tierSinceMillis,
        RiskCategory risk,
        int priority,
        long nextCheckAtMillis,
        long checkEveryMillis,
        long stateSinceMillis,
        long lastCheckedAtMillis,
        long lastAliveAtMillis,
        double successRate,
        double latencyMillis,
        Latencies latencies,
        @Nullable Deep deep,
        int consecutiveFailures,
        long checks,
        long successes,
        long uses,
        FailureReason lastReason,
        int version) {

    /** Priority of an entry that was never checked. */
    public static final int DEFAULT_PRIORITY = 5;

    public Health {
        Objects.requireNonNull(verified, "verified");
        Objects.requireNonNull(anonymity, "anonymity");
        Objects.requireNonNull(anonymitySeen, "anonymitySeen");
        Objects.requireNonNull(tampering, "tampering");
        Objects.requireNonNull(probation, "probation");
        Objects.requireNonNull(rotation, "rotation");
        Objects.requireNonNull(latencies, "latencies");
        Objects.requireNonNull(tier, "tier");
        Objects.requireNonNull(tierReason, "tierReason");
        Objects.requireNonNull(risk, "risk");
        Objects.requireNonNull(lastReason, "lastReason");
        if (priority < 1 || priority > 10) {
            throw new IllegalArgumentException("priority: " + priority + " (expected: 1..10)");
        }
        if (consecutiveFailures < 0) {
            throw new IllegalArgumentException("consecutiveFailures: " + consecutiveFailures + " (expected: >= 0)");
        }
    }

    /**
     * A state in which nothing is known of what takes several requests or several checks to learn: no spread of
     * latencies, no deep check, no changing exit address, no second look at anonymity, never caught, no move between tiers.
     */
    public Health(
            boolean alive,
            boolean active,
            Verified verified,
            int capabilities,
            Anonymity anonymity,
            Tampering tampering,
            @Nullable String exitAddress,
            Tier tier,
            RiskCategory risk,
            int priority,
            long nextCheckAtMillis,
            long checkEveryMillis,
            long stateSinceMillis,
            long lastCheckedAtMillis,
            long lastAliveAtMillis,
            double successRate,
            double latencyMillis,
            int consecutiveFailures,
            long checks,
            long successes,
            long uses,
            FailureReason lastReason,
            int version) {
        this(
                alive,
                active,
                verified,
                capabilities,
                anonymity,
                Anonymity.UNKNOWN,
                tampering,
                Probation.NONE,
                exitAddress,
                Rotation.STEADY,
                tier,
                TierReason.NONE,
                0,
                risk,
                priority,
                nextCheckAtMillis,
                checkEveryMillis,
                stateSinceMillis,
                lastCheckedAtMillis,
                lastAliveAtMillis,
                successRate,
                latencyMillis,
                Latencies.EMPTY,
                null,
                consecutiveFailures,
                checks,
                successes,
                uses,
                lastReason,
                version);
    }

    /**
     * What a deep check measured.
     *
     * @param atMillis when it ended
     * @param successRate of its requests, 0..1
     * @param spreadMillis 90th minus 10th percentile of their latencies; {@code Double.NaN} when none was answered
     */
    public record Deep(long atMillis, double successRate, double spreadMillis) {}

    /**
     * How a proxy that was caught tampering has behaved since.
     *
     * @param caughtAtMillis when it was caught last, 0 for never; stays when the exclusion is lifted
     * @param cleanSinceMillis first check of the row of clean ones, 0 without any
     * @param cleanChecks length of that row
     */
    public record Probation(long caughtAtMillis, long cleanSinceMillis, int cleanChecks) {
        /** Never caught. */
        public static final Probation NONE = new Probation(0, 0, 0);

        public Probation {
            if (cleanChecks < 0) {
                throw new IllegalArgumentException("cleanChecks: " + cleanChecks + " (expected: >= 0)");
            }
        }

        /** Caught at {@code millis}; nothing clean since. */
        public static Probation caughtAt(long millis) {
            return new Probation(millis, 0, 0);
        }

        /** With one more clean check in the row. */
        public Probation clean(long atMillis) {
            return new Probation(caughtAtMillis, cleanChecks == 0 ? atMillis : cleanSinceMillis, cleanChecks + 1);
        }

        /** Without its row of clean checks. */
        public Probation anew() {
            return cleanChecks == 0 ? this : caughtAt(caughtAtMillis);
        }
    }

    /** State of an entry found at {@code nowMillis}: nothing known, due at once. */
    public static Health fresh(long nowMillis) {
        return new Health(
                false,
                true,
                Verified.NONE,
                Capability.NONE,
                Anonymity.UNKNOWN,
                Tampering.NONE,
                null,
                Tier.UNKNOWN,
                RiskCategory.UNRATED,
                DEFAULT_PRIORITY,
                nowMillis,
                0,
                nowMillis,
                0,
                0,
                Double.NaN,
                Double.NaN,
                0,
                0,
                0,
                0,
                FailureReason.NONE,
                0);
    }

    /** The same, but alive: for what is served although it is dead, because everything is. */
    public Health revived() {
        return alive
                ? this
                : new Health(
                        true,
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

    /** Whether a verdict was ever reached. */
    public boolean judged() {
        return lastCheckedAtMillis > 0;
    }
}
