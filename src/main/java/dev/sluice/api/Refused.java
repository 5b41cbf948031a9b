package dev.sluice.api;

/** Ends the handling of a request with a problem. Carries no stack trace: it is an answer, not a fault. */
@SuppressWarnings("serial")
final class Refused extends RuntimeException {
    private final transient Problem problem;

    Refused(Problem problem) {
        super(problem.detail(), null, false, false);
        this.problem = problem;
    }

    Problem problem() {
        return problem;
    }
}
