package dev.sluice.pace;

/** When an anchor was right and when it was in trouble, from its probes. */
final class AnchorRecord {
    /** Later than its best by so much, the first packet was lost and the kernel repeated it after a second (RFC 6298). */
    private static final long REPEATED_NANOS = 900_000_000L;

    /** Weight of a distance between two probes in their usual distance. */
    private static final double DISTANCE_WEIGHT = 0.1;

    /** A longer distance counts as so many times the usual one: holes must not become usual, a slower rhythm must. */
    private static final double LONGEST_DISTANCE = 1.25;

    /** Distances before the usual one is known. */
    private static final int KNOWN_DISTANCES = 3;

    /** A probe is missing when the distance is so many times the usual one, and a quarter of a second more. */
    private static final double MISSING_FACTOR = 1.5;

    private static final double MISSING_NANOS = 250_000_000;

    /** Of these the youngest are kept, minutes of an anchor that fails every other time. */
    private static final int TROUBLES = 64;

    private final long[] beganNanos = new long[TROUBLES];
    private final long[] endedNanos = new long[TROUBLES];
    private int troubles;
    private boolean inTrouble;
    private long latestTroubleEndNanos;
    private boolean anyTroubleEnded;

    private boolean heard;
    private long youngestStartNanos;
    private boolean answered;
    private long youngestAnsweredStartNanos;
    private long provedNanos;
    private long bestNanos = Long.MAX_VALUE;
    private int failuresInARow;
    private long failingSinceNanos;
    private boolean right;
    private long rightSinceNanos;
    private double distanceNanos;
    private int distances;

    /** @param nowNanos since when nothing is known of it */
    AnchorRecord(long nowNanos) {
        provedNanos = nowNanos;
    }

    void probed(boolean ok, long started, long ended) {
        boolean repeated = answered && ended - started - REPEATED_NANOS >= bestNanos;
        if (heard && started < youngestStartNanos) {
            if (!ok || repeated) {
                overtaken(started);
            }
            return;
        }
        boolean missing = missing(started);
        heard = true;
        youngestStartNanos = started;
        if (!ok) {
            failed(started);
            return;
        }
        if (repeated || missing) {
            begin(provedNanos);
        }
        end(ended);
        bestNanos = Math.min(bestNanos, Math.max(0, ended - started));
        answered = true;
        youngestAnsweredStartNanos = started;
        provedNanos = ended;
        failuresInARow = 0;
        if (!right) {
            right = true;
            rightSinceNanos = ended;
        }
    }

    /** Whether the row of probes has a hole before this one. */
    private boolean missing(long started) {
        if (!heard) {
            return false;
        }
        long distance = started - youngestStartNanos;
        boolean missing = distances >= KNOWN_DISTANCES && distance > MISSING_FACTOR * distanceNanos + MISSING_NANOS;
        distances++;
        double longest = Math.max(MISSING_NANOS, LONGEST_DISTANCE * distanceNanos);
        double counted = distances <= KNOWN_DISTANCES ? distance : Math.min(distance, longest);
        distanceNanos += Math.max(DISTANCE_WEIGHT, 1.0 / distances) * (counted - distanceNanos);
        return missing;
    }

    private void failed(long started) {
        begin(provedNanos);
        if (++failuresInARow == 1) {
            failingSinceNanos = started;
        } else {
            right = false;
        }
    }

    /** Bad news of a probe that a younger one has overtaken: the trouble may be over by now. */
    private void overtaken(long started) {
        long from = started - (long) distanceNanos;
        if (inTrouble) {
            beganNanos[last()] = Math.min(beganNanos[last()], from);
        } else if (provedNanos > started) {
            begin(from);
            end(provedNanos);
        }
    }

    private void begin(long nanos) {
        if (inTrouble) {
            return;
        }
        inTrouble = true;
        troubles++;
        beganNanos[last()] = nanos;
    }

    private void end(long nanos) {
        if (!inTrouble) {
            return;
        }
        inTrouble = false;
        endedNanos[last()] = nanos;
        latestTroubleEndNanos = anyTroubleEnded ? Math.max(latestTroubleEndNanos, nanos) : nanos;
        anyTroubleEnded = true;
    }

    private int last() {
        return (troubles - 1) % TROUBLES;
    }

    /** How many troubles are remembered. */
    int troubles() {
        return Math.min(troubles, TROUBLES);
    }

    /** When one of them began. */
    long troubleBegan(int index) {
        return beganNanos[index];
    }

    /** Whether it was in trouble then, or may have been: what is too long ago is not remembered. */
    boolean inTroubleAt(long nanos) {
        if (troubles == 0 || (!inTrouble && nanos >= latestTroubleEndNanos)) {
            return false;
        }
        if (troubles > TROUBLES && nanos < beganNanos[troubles % TROUBLES]) {
            return true;
        }
        for (int i = 0; i < troubles(); i++) {
            boolean goesOn = inTrouble && i == last();
            if (beganNanos[i] <= nanos && (goesOn || nanos < endedNanos[i])) {
                return true;
            }
        }
        return false;
    }

    /** Whether the last probe failed. */
    boolean down() {
        return failuresInARow > 0;
    }

    /** How long probes have been failing without one that was answered, 0 when the last was. */
    long failingFor(long nowNanos) {
        return failuresInARow == 0 ? 0 : nowNanos - failingSinceNanos;
    }

    /** How long probes have been answered without two failures in a row, 0 when the last one failed. */
    long rightFor(long nowNanos) {
        return right && failuresInARow == 0 ? nowNanos - rightSinceNanos : 0;
    }

    /** Whether a probe was answered that started then or later. */
    boolean answeredSince(long nanos) {
        return answered && youngestAnsweredStartNanos >= nanos;
    }

    /** Whether a probe ended, well or not, that started then or later. */
    boolean heardSince(long nanos) {
        return heard && youngestStartNanos >= nanos;
    }
}
