package dev.sluice.cadence;

import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DeepResult;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Rotation;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.proxy.Verified;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What an outcome makes of a proxy's health. Pure functions.
 *
 * <p><b>Alive</b> is the last confirmed verdict. A success makes alive at once. A first failure of what was alive has to
 * be confirmed: it stays alive, falls to {@code AT_RISK}, and is due again after {@link CheckPolicy#confirm()} with
 * raised priority; the second failure in a row makes it dead. What was dead stays dead with any failure.
 *
 * <p><b>Tampering</b> needs no confirmation and sticks: such a proxy is not alive, whatever lighter checks say. It is
 * checked at the interval of {@code INACTIVE}, and two things lift it:
 *
 * <ul>
 *   <li>{@link CheckPolicy#cleanChecks()} clean checks in a row whose first and last are at least
 *       {@link CheckPolicy#cleanOver()} apart, or
 *   <li>one clean check {@link CheckPolicy#tamperedFor()} or more after it was caught last.
 * </ul>
 *
 * <p>Clean is a comprehensive or deep check that went through the judge and noticed nothing; after a false certificate,
 * whatever else it was caught doing since, it must have gone through a TLS tunnel as well. A check that works and is not
 * clean, because it was lighter or found no judge, neither counts nor ends the row; any failure ends it.
 *
 * <p><b>Anonymity.</b> The first level seen is taken at once, and so is a lower one. A higher one needs two checks in a
 * row: then it rises to the lower of what the two saw. Checks that did not judge it are passed over.
 *
 * <p><b>Rotation.</b> Two or more exit addresses in one check make a proxy rotating. Two thorough checks in a row with
 * two or more judged answers and exactly one exit address each end it; checks that cannot tell are passed over.
 *
 * <p><b>Latency.</b> Average and spread are of checks of one kind: they begin anew when {@code verified} changes. The
 * spread is of judged requests only.
 *
 * <p><b>Tier.</b> Never judged: {@code UNKNOWN}. Alive: {@code ACTIVE}, or {@code AT_RISK} while a failure awaits
 * confirmation or the success rate is below {@value #STEADY_RATE}. Dead: {@code AT_RISK} while it worked once and has
 * failed fewer than {@value #FAILURES_TO_INACTIVE} times in a row, otherwise {@code INACTIVE}. Caught tampering:
 * {@code INACTIVE}.
 *
 * <p><b>Active</b> falls with {@value #FAILURES_TO_INACTIVE} failures in a row and rises when the entry is reached again.
 * It ends the regular re-checks: what is left is a try by connect at the interval of {@code INACTIVE}, its chance to
 * recover, until it is archived.
 *
 * <p><b>Reached.</b> A connect check of an entry that is to be judged proves that the port answers, no more: the dead
 * one becomes due at once for a comprehensive check. Its row of failures goes on counting.
 *
 * <p><b>Next check.</b> The interval of the tier, ±10 %. Where the outcome is no verdict, nothing changes but the next
 * check: after {@value #RETRY_MILLIS} ms (±10 %), and after {@link CheckPolicy#inactive()} where the address rules
 * forbid to dial it.
 */
public final class HealthRules {
    /** Weight of the newest observation in moving averages. */
    public static final double ALPHA = 0.2;
    /** Failures in a row after which a proxy is given less attention. */
    public static final int FAILURES_TO_INACTIVE = 5;
    /** Success rate from which a living proxy counts as steady. */
    public static final double STEADY_RATE = 0.75;
    /** When to try again after a failure of our own. */
    public static final long RETRY_MILLIS = 60_000;

    private static final int COMPREHENSIVE_EVERY = 10;

    private HealthRules() {}

    /**
     * The state after {@code outcome}; its version is one above that of {@code before}.
     *
     * @param random spreads the next checks
     */
    public static Health after(
            Health before,
            CheckOutcome outcome,
            CheckPolicy policy,
            Circumstances circumstances,
            RandomGenerator random) {
        long now = outcome.checkedAtMillis();
        ManualOverride override = circumstances.heldAt(now);
        Draft draft = new Draft(before);
        draft.version = before.version() + 1;
        if (!outcome.reason().isVerdict()) {
            long delay = outcome.reason() == FailureReason.FORBIDDEN
                    ? policy.inactive().longest().toMillis()
                    : RETRY_MILLIS;
            draft.nextCheckAtMillis = now + NextCheck.spread(delay, random);
            return draft.health();
        }
        draft.lastCheckedAtMillis = now;
        draft.checks++;
        if (outcome.deep() != null) {
            draft.deep = deep(outcome.deep(), now);
        }
        if (outcome.tampering() != Tampering.NONE || outcome.reason() == FailureReason.TAMPERED) {
            caught(draft, outcome);
        } else if (!outcome.alive()) {
            failed(draft, outcome);
        } else if (draft.tampering != Tampering.NONE) {
            worksAfterTampering(draft, outcome, policy);
        } else if (onlyReached(outcome, policy)) {
            if (!draft.alive || draft.consecutiveFailures > 0) {
                TierRules.reached(draft, before, override, now);
                draft.nextCheckAtMillis = now;
                return draft.health();
            }
        } else {
            worked(draft, outcome);
        }
        TierRules.classify(draft, before, override, now);
        NextCheck.plan(draft, now, policy, circumstances, override, random);
        return draft.health();
    }

    /** The same where nothing but the proxy's own history counts. */
    public static Health after(Health before, CheckOutcome outcome, CheckPolicy policy, RandomGenerator random) {
        return after(before, outcome, policy, Circumstances.NONE, random);
    }

    /**
     * How thorough the next check shall be: connect where no more is asked, or where a proxy is long dead; comprehensive
     * where little is known, something is wrong or was wrong, and every tenth time; deep where the risk is low and the
     * last deep check is {@link CheckPolicy#deepEvery()} old or there was none; light otherwise.
     */
    public static CheckKind kindFor(Health health, CheckPolicy policy, long nowMillis) {
        if (policy.connectOnly()) {
            return CheckKind.CONNECT;
        }
        if (health.tampering() != Tampering.NONE) {
            return CheckKind.COMPREHENSIVE;
        }
        return switch (health.tier()) {
            case INACTIVE -> CheckKind.CONNECT;
            case UNKNOWN, AT_RISK -> CheckKind.COMPREHENSIVE;
            case ACTIVE -> kindForWorking(health, policy, nowMillis);
        };
    }

    private static CheckKind kindForWorking(Health health, CheckPolicy policy, long nowMillis) {
        if (health.verified() != Verified.FULL) {
            return CheckKind.COMPREHENSIVE;
        }
        if (health.risk() == RiskCategory.LOW
                && deepIsDue(health.deep(), policy.deepEvery().toMillis(), nowMillis)) {
            return CheckKind.DEEP;
        }
        return health.checks() % COMPREHENSIVE_EVERY == COMPREHENSIVE_EVERY - 1
                ? CheckKind.COMPREHENSIVE
                : CheckKind.LIGHT;
    }

    private static boolean deepIsDue(Health.@Nullable Deep last, long everyMillis, long nowMillis) {
        return everyMillis > 0 && (last == null || nowMillis - last.atMillis() >= everyMillis);
    }

    /**
     * The state after an administrator ordered something, or took it back, at {@code nowMillis}; its version is one above
     * that of {@code before}. The verdict stays. The next check comes no later than it would have, and no later than the
     * new tier allows since the last one.
     *
     * @param circumstances with the order that holds from now on
     */
    public static Health ordered(
            Health before, CheckPolicy policy, Circumstances circumstances, long nowMillis, RandomGenerator random) {
        ManualOverride override = circumstances.heldAt(nowMillis);
        Draft draft = new Draft(before);
        draft.version = before.version() + 1;
        TierRules.classify(draft, before, override, nowMillis);
        if (draft.lastCheckedAtMillis > 0) {
            NextCheck.plan(draft, draft.lastCheckedAtMillis, policy, circumstances, override, random);
            draft.nextCheckAtMillis = Math.min(draft.nextCheckAtMillis, before.nextCheckAtMillis());
        }
        return draft.health();
    }

    /** Whether a state is what {@code override} orders at {@code nowMillis}, or where there is none, what no order made. */
    public static boolean obeys(Health health, @Nullable ManualOverride override, long nowMillis) {
        ManualOverride held = override != null && override.holds(nowMillis) ? override : null;
        if (held == null) {
            return health.tierReason() != TierReason.OVERRIDDEN;
        }
        return (held.tier() == null ? health.tierReason() != TierReason.OVERRIDDEN : health.tier() == held.tier())
                && (held.priority() == 0 || health.priority() == held.priority())
                && (held.active() == null || health.active() == held.active());
    }

    /**
     * When a working proxy that clients saw working needs its next check: their word counts as a light check, so an
     * interval later. But never later than a quarter of what its tier allows at most, and never later than its longest
     * interval, since the last check of our own: nobody can keep a proxy unchecked by praising it. For what is dead,
     * failing, unsteady or was caught tampering, their word counts for nothing.
     *
     * @param seenAtMillis when clients last saw it work
     * @return the later time, or that of {@code health} where nothing changes
     */
    public static long seenWorking(Health health, CheckPolicy policy, double demand, long seenAtMillis) {
        boolean trusted = health.alive()
                && health.tier() == Tier.ACTIVE
                && health.consecutiveFailures() == 0
                && health.tampering() == Tampering.NONE
                && seenAtMillis > health.lastCheckedAtMillis();
        if (!trusted) {
            return health.nextCheckAtMillis();
        }
        CheckPolicy.Span span = policy.span(health.tier());
        long later = seenAtMillis + NextCheck.stretched(span, health.checkEveryMillis(), demand);
        long latest = health.lastCheckedAtMillis()
                + Math.min(
                        span.longest().toMillis(),
                        CheckPolicy.ceiling(health.tier()).toMillis() / 4);
        return Math.max(health.nextCheckAtMillis(), Math.min(later, latest));
    }

    /**
     * Whether clients that saw a proxy fail since {@code seenAtMillis} give reason to check it now: it is served, and no
     * check of our own came after them.
     */
    public static boolean doubted(Health health, long seenAtMillis) {
        return health.alive() && health.consecutiveFailures() == 0 && health.lastCheckedAtMillis() < seenAtMillis;
    }

    /**
     * What a check of a proxy is worth, as a factor of its interval, 0.5 (more than others) to 2 (less). Uses since the
     * check before shorten it, to one half when there are ten or more; a priority of 8 or more counts like five. A
     * success rate below one half lengthens it, up to double at none; what never worked is at double.
     */
    public static double value(Health health, long recentUses) {
        return NextCheck.value(health, recentUses);
    }

    /** The same state after {@code uses} more uses by clients; the version stays. */
    public static Health used(Health health, long uses) {
        if (uses == 0) {
            return health;
        }
        Draft draft = new Draft(health);
        draft.uses += uses;
        return draft.health();
    }

    /** The same state under another version, for changes that are merged before they are stored. */
    public static Health withVersion(Health health, int version) {
        Draft draft = new Draft(health);
        draft.version = version;
        return draft.health();
    }

    private static boolean onlyReached(CheckOutcome outcome, CheckPolicy policy) {
        return !policy.connectOnly()
                && outcome.proxy().kind() == CheckKind.CONNECT
                && outcome.verified() != Verified.FULL;
    }

    private static void caught(Draft draft, CheckOutcome outcome) {
        if (draft.tampering != Tampering.CERTIFICATE) {
            draft.tampering = outcome.tampering() == Tampering.NONE ? Tampering.CONTENT : outcome.tampering();
        }
        draft.probation = Health.Probation.caughtAt(outcome.checkedAtMillis());
        observeFailure(draft, FailureReason.TAMPERED);
        setAlive(draft, false, outcome.checkedAtMillis());
    }

    private static void failed(Draft draft, CheckOutcome outcome) {
        boolean first = draft.consecutiveFailures == 0;
        learnExit(draft, outcome);
        observeFailure(draft, outcome.reason());
        if (!(draft.alive && first)) {
            setAlive(draft, false, outcome.checkedAtMillis());
        }
    }

    private static void worksAfterTampering(Draft draft, CheckOutcome outcome, CheckPolicy policy) {
        boolean clean = thorough(outcome)
                && (draft.tampering != Tampering.CERTIFICATE || Capability.HTTPS.in(outcome.capabilities()));
        if (!clean) {
            return;
        }
        long now = outcome.checkedAtMillis();
        Health.Probation probation = draft.probation.clean(now);
        boolean proven = probation.cleanChecks() >= policy.cleanChecks()
                && now - probation.cleanSinceMillis() >= policy.cleanOver().toMillis();
        // A program that knew no probation may have caught it: then nobody knows when, and it is not long ago.
        boolean longAgo = probation.caughtAtMillis() > 0
                && now - probation.caughtAtMillis() >= policy.tamperedFor().toMillis();
        if (proven || longAgo) {
            draft.tampering = Tampering.NONE;
            draft.probation = probation.anew();
            worked(draft, outcome);
        } else {
            draft.probation = probation;
            observeSuccess(draft);
        }
    }

    private static void worked(Draft draft, CheckOutcome outcome) {
        observeSuccess(draft);
        setAlive(draft, true, outcome.checkedAtMillis());
        draft.lastAliveAtMillis = outcome.checkedAtMillis();
        learnLatency(draft, outcome);
        draft.capabilities = thorough(outcome) ? outcome.capabilities() : draft.capabilities | outcome.capabilities();
        draft.verified = outcome.verified();
        learnExit(draft, outcome);
    }

    /** Whether it went through the judge and looked at everything. */
    private static boolean thorough(CheckOutcome outcome) {
        return outcome.verified() == Verified.FULL && outcome.proxy().kind().thorough();
    }

    private static void learnLatency(Draft draft, CheckOutcome outcome) {
        if (draft.verified != outcome.verified()) {
            // A connect time and the time to a judge's answer are different things: never mixed with one another.
            draft.latencyMillis = Double.NaN;
            draft.latencies = Latencies.EMPTY;
        }
        if (!Double.isNaN(outcome.latencyMillis())) {
            draft.latencyMillis = average(draft.latencyMillis, outcome.latencyMillis());
        }
        if (outcome.verified() == Verified.FULL) {
            for (double millis : outcome.latenciesMillis()) {
                draft.latencies = draft.latencies.with(millis);
            }
        }
    }

    /** What a judge saw at the far end counts even where the check failed in the end. */
    private static void learnExit(Draft draft, CheckOutcome outcome) {
        Anonymity seen = outcome.anonymity();
        if (seen != Anonymity.UNKNOWN) {
            boolean taken = draft.anonymity == Anonymity.UNKNOWN || seen.compareTo(draft.anonymity) < 0;
            Anonymity agreed = lower(seen, draft.anonymitySeen);
            if (taken) {
                draft.anonymity = seen;
            } else if (agreed.compareTo(draft.anonymity) > 0) {
                draft.anonymity = agreed;
            }
            draft.anonymitySeen = seen;
        }
        if (outcome.exitAddress() != null) {
            draft.exitAddress = outcome.exitAddress();
        }
        draft.rotation = rotation(draft.rotation, outcome);
    }

    private static Anonymity lower(Anonymity one, Anonymity other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    private static Rotation rotation(Rotation before, CheckOutcome outcome) {
        if (outcome.exits() >= 2) {
            return Rotation.ROTATING;
        }
        boolean same = outcome.exits() == 1
                && outcome.proxy().kind().thorough()
                && outcome.latenciesMillis().size() >= 2;
        if (!same) {
            return before;
        }
        return before == Rotation.ROTATING ? Rotation.SETTLING : Rotation.STEADY;
    }

    private static Health.Deep deep(DeepResult result, long atMillis) {
        return new Health.Deep(atMillis, (double) result.successes() / result.requests(), result.spreadMillis());
    }

    private static void observeSuccess(Draft draft) {
        draft.successes++;
        draft.consecutiveFailures = 0;
        draft.successRate = average(draft.successRate, 1);
        draft.lastReason = FailureReason.NONE;
    }

    private static void observeFailure(Draft draft, FailureReason reason) {
        draft.consecutiveFailures++;
        draft.successRate = average(draft.successRate, 0);
        draft.lastReason = reason;
        draft.probation = draft.probation.anew();
    }

    private static void setAlive(Draft draft, boolean alive, long atMillis) {
        if (draft.alive != alive) {
            draft.alive = alive;
            draft.stateSinceMillis = atMillis;
        }
    }

    private static double average(double known, double observed) {
        return Double.isNaN(known) ? observed : known + ALPHA * (observed - known);
    }
}
