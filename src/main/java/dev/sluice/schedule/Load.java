package dev.sluice.schedule;

import dev.sluice.cadence.Demand;
import dev.sluice.cadence.Lane;
import dev.sluice.port.Checking;
import dev.sluice.port.Resources.Bottleneck;
import dev.sluice.port.Resources.Resource;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * What is short now, and which lanes give way because of it. Pure.
 *
 * @param checking what the checker says
 * @param credit checks it has room for
 * @param backlog proxies that are due and not taken, as last counted
 * @param storeFails whether the database did not answer when it was asked for due work last
 * @param heapUsed 0..1
 */
record Load(Checking.State checking, int credit, long backlog, boolean storeFails, double heapUsed) {
    /** Event loops later than this are an emergency, milliseconds. */
    private static final double LATE_MILLIS = 100;
    /** A heap so full is one. */
    private static final double FULL = 0.9;
    /** From here on maintenance gives way. */
    private static final double NEARLY_FULL = 0.8;

    private static final double NEARLY_ALL = 0.95;

    /** What the controller does while the rate is not the limit. */
    private static final String UNUSED = "demand-limited";

    /** Lanes that nothing is taken from for now. */
    Set<Lane> shed() {
        boolean emergency =
                checking.suspended() || storeFails || heapUsed >= FULL || checking.lagMillis() >= LATE_MILLIS;
        if (emergency) {
            return EnumSet.of(Lane.BULK, Lane.MAINTENANCE);
        }
        return heapUsed >= NEARLY_FULL || checking.lagMillis() >= LATE_MILLIS / 2
                ? EnumSet.of(Lane.MAINTENANCE)
                : EnumSet.noneOf(Lane.class);
    }

    /**
     * Checks a second that can be made. Where the rate is not the limit nothing is learned about it: then it is taken to be
     * a little higher, so that it is tried.
     *
     * @return {@code NaN} where nobody knows
     */
    double capacityPerSecond() {
        if (checking.suspended() || !(checking.ratePerSecond() > 0)) {
            return Double.NaN;
        }
        return checking.phase().equals(UNUSED)
                ? Math.min(checking.maxRatePerSecond(), checking.ratePerSecond() / Demand.SHARE)
                : checking.ratePerSecond();
    }

    /** What holds checking back. */
    Bottleneck bottleneck() {
        Resource resource = resource();
        return new Bottleneck(
                resource, text(resource), shed().stream().map(Lane::text).toList());
    }

    private Resource resource() {
        if (checking.suspended()) {
            return Resource.NETWORK;
        }
        if (heapUsed >= NEARLY_FULL) {
            return Resource.MEMORY;
        }
        if (storeFails) {
            return Resource.STORE;
        }
        if (checking.lagMillis() >= LATE_MILLIS / 2) {
            return Resource.PROCESSOR;
        }
        if (checking.limit() > 0 && checking.inFlight() >= NEARLY_ALL * checking.limit()) {
            return Resource.CONNECTIONS;
        }
        if (checking.waiting() > 0 && checking.startsPerSecond() >= NEARLY_ALL * checking.ratePerSecond()) {
            return Resource.RATE;
        }
        // Accepted work waits neither for a start nor for its end: so it waits to be written.
        boolean idle = checking.limit() > 0 && checking.waiting() == 0 && checking.held() == 0;
        return backlog > 0 && credit == 0 && idle ? Resource.STORE : Resource.NOTHING;
    }

    private String text(Resource resource) {
        return switch (resource) {
            case NETWORK -> "our own network is down: judgement is suspended";
            case MEMORY -> "memory: " + percent(heapUsed) + " of the heap is in use after a collection";
            case PROCESSOR -> "processor: event loops are " + Math.round(checking.lagMillis()) + " ms late";
            case CONNECTIONS ->
                "connections: " + checking.inFlight() + " checks are under way, of " + checking.limit()
                        + " that descriptors or check.concurrency allow";
            case RATE ->
                "rate: " + Math.round(checking.ratePerSecond()) + " starts a second of at most "
                        + Math.round(checking.maxRatePerSecond()) + " (" + checking.phase() + "), "
                        + checking.waiting() + " wait";
            case STORE ->
                storeFails
                        ? "the database does not answer"
                        : "the database: the checker is idle until its results are written";
            case NOTHING -> backlog == 0 ? "nothing: what is due is checked" : "nothing: due work is being taken";
        };
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", share * 100);
    }
}
