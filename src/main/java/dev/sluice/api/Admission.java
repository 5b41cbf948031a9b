package dev.sluice.api;

import org.jspecify.annotations.Nullable;

/**
 * What {@link Guard} decided about a request.
 *
 * @param problem why it is not answered; null when it is
 * @param caller who asks
 * @param credentials whether the answer may show passwords of proxies
 * @param rateLimit value of the field RateLimit; null where no limit applies
 * @param rateLimitPolicy value of the field RateLimit-Policy; null where no limit applies
 */
record Admission(
        @Nullable Problem problem,
        Caller caller,
        boolean credentials,
        @Nullable String rateLimit,
        @Nullable String rateLimitPolicy) {
    /** To an open route. */
    static final Admission OPEN = to(Caller.NOBODY, false);

    /** Of who reaches loopback while no key is needed. */
    static final Admission LOOPBACK = to(Caller.LOOPBACK, true);

    /** Of a caller, where no limit applies. */
    static Admission to(Caller caller, boolean credentials) {
        return new Admission(null, caller, credentials, null, null);
    }

    /** A refusal of a stranger. */
    static Admission refused(Problem problem) {
        return new Admission(problem, Caller.NOBODY, false, null, null);
    }

    /** The same caller under a limit. */
    Admission within(String left, String policy) {
        return new Admission(problem, caller, credentials, left, policy);
    }

    /** The same caller, but refused. */
    Admission but(Problem reason) {
        return new Admission(reason, caller, false, rateLimit, rateLimitPolicy);
    }
}
