package dev.sluice.pace;

/**
 * Decides whether our own network is down, and what becomes of failures found meanwhile.
 *
 * <p>A failure is final once a probe of an anchor that was started after the check had ended was answered, by so many
 * anchors that most of them cannot have been failing, and nothing was wrong with most anchors while the check ran.
 * Whether something was wrong with an anchor is known in hindsight: it was last proved right when the last good probe
 * before the failed one ended, and it was right again when the next good one ended. A probe that took 0.9 s more than its
 * anchor's best counts as trouble too, because its first packet was lost and the kernel repeated it; so does one that is
 * missing in the row, because it may still be waiting for an answer while a younger one has got its own.
 *
 * <p>An outage shorter than the distance of two probes of an anchor may pass unseen. Confined to one thread. All times
 * are readings of one monotonic clock in nanoseconds.
 */
public final class OutageGuard {
    private static final long SECOND = 1_000_000_000L;

    /** Most anchors must have been failing for so long. */
    private static final long FAILING_NANOS = 3 * SECOND;

    /** And must have been right for so long again. One lost probe in between is forgiven, or ten seconds would not do. */
    private static final long CLEAN_NANOS = 5 * SECOND;

    private final AnchorRecord[] anchors;
    private final int most;
    private final Sentinels sentinels;
    private boolean suspended;
    private boolean bySentinels;
    private long suspendedNanos;
    private boolean sentinelOutage;
    private long sentinelOutageFromNanos;
    private long sentinelOutageToNanos;

    /** @param anchors how many there are, 0: never suspends, every failure is final at once */
    public OutageGuard(int anchors, long nowNanos) {
        this.anchors = new AnchorRecord[anchors];
        for (int i = 0; i < anchors; i++) {
            this.anchors[i] = new AnchorRecord(nowNanos);
        }
        this.most = anchors <= 2 ? anchors : anchors / 2 + 1;
        this.sentinels = new Sentinels(nowNanos);
    }

    /**
     * A probe of an anchor ended.
     *
     * @param index 0 to the number of anchors, exclusive
     */
    public void anchor(int index, boolean ok, long startedNanos, long endedNanos) {
        anchors[index].probed(ok, startedNanos, endedNanos);
    }

    /** A check of a proxy that has been alive for a day or more ended. */
    public void sentinel(boolean ok, long nowNanos) {
        if (!suspended) {
            sentinels.add(ok, nowNanos);
        }
    }

    /**
     * To be called several times a second. Suspends when most anchors (all of one or two) have failed for three seconds, or
     * when far fewer sentinels than usual succeed; ends that after five clean seconds.
     *
     * @return whether {@link #suspended} changed
     */
    public boolean update(long nowNanos) {
        if (anchors.length == 0) {
            return false;
        }
        if (suspended) {
            return mayResume(nowNanos) && resume(nowNanos);
        }
        int failing = 0;
        for (AnchorRecord anchor : anchors) {
            failing += anchor.failingFor(nowNanos) >= FAILING_NANOS ? 1 : 0;
        }
        if (failing >= most) {
            return suspend(false, nowNanos);
        }
        return sentinels.fallen(nowNanos) && suspend(true, nowNanos);
    }

    private boolean suspend(boolean because, long nowNanos) {
        suspended = true;
        bySentinels = because;
        suspendedNanos = nowNanos;
        if (because) {
            long from = nowNanos - Sentinels.WINDOW_NANOS;
            boolean continues = sentinelOutage && from <= sentinelOutageToNanos;
            sentinelOutageFromNanos = continues ? sentinelOutageFromNanos : from;
            sentinelOutage = true;
        }
        return true;
    }

    private boolean mayResume(long nowNanos) {
        int clean = 0;
        for (AnchorRecord anchor : anchors) {
            clean += anchor.rightFor(nowNanos) >= CLEAN_NANOS ? 1 : 0;
        }
        return clean >= vouchers() && nowNanos - suspendedNanos >= CLEAN_NANOS;
    }

    private boolean resume(long nowNanos) {
        suspended = false;
        if (bySentinels) {
            sentinelOutageToNanos = nowNanos;
        }
        sentinels.restart(nowNanos);
        return true;
    }

    /** Whether judgement is suspended. */
    public boolean suspended() {
        return suspended;
    }

    /** How many anchors did not answer their last probe. */
    public int anchorsDown() {
        int down = 0;
        for (AnchorRecord anchor : anchors) {
            down += anchor.down() ? 1 : 0;
        }
        return down;
    }

    /** What becomes of a check that failed and ran from a moment to another. Final unless {@link Fate#WAIT}. */
    public Fate fate(long startedNanos, long endedNanos) {
        if (anchors.length == 0) {
            return Fate.RELEASE;
        }
        long until = Math.max(endedNanos, startedNanos + 1);
        if (overlapsSentinelOutage(startedNanos, until) || mostInTrouble(startedNanos, until, 0)) {
            return Fate.REPEAT;
        }
        int vouching = 0;
        int unheard = 0;
        for (AnchorRecord anchor : anchors) {
            vouching += anchor.answeredSince(endedNanos) ? 1 : 0;
            unheard += anchor.heardSince(endedNanos) ? 0 : 1;
        }
        // One that has not spoken since may yet tell of trouble.
        boolean decided = vouching >= vouchers() && !mostInTrouble(startedNanos, until, unheard);
        return decided ? Fate.RELEASE : Fate.WAIT;
    }

    /** So many right ones leave too few for most to be wrong. */
    private int vouchers() {
        return anchors.length - most + 1;
    }

    private boolean overlapsSentinelOutage(long fromNanos, long untilNanos) {
        boolean goesOn = suspended && bySentinels;
        return sentinelOutage && sentinelOutageFromNanos < untilNanos && (goesOn || fromNanos < sentinelOutageToNanos);
    }

    /** Whether most anchors were in trouble at one moment, which then is the beginning or one at which a trouble began. */
    private boolean mostInTrouble(long fromNanos, long untilNanos, int unheard) {
        if (inTroubleAt(fromNanos, untilNanos, unheard) >= most) {
            return true;
        }
        for (AnchorRecord anchor : anchors) {
            for (int i = 0; i < anchor.troubles(); i++) {
                long began = anchor.troubleBegan(i);
                if (began > fromNanos && began < untilNanos && inTroubleAt(began, untilNanos, unheard) >= most) {
                    return true;
                }
            }
        }
        return false;
    }

    private int inTroubleAt(long nanos, long endedNanos, int unheard) {
        int count = 0;
        for (AnchorRecord anchor : anchors) {
            boolean counted = unheard > 0 && !anchor.heardSince(endedNanos);
            count += counted || anchor.inTroubleAt(nanos) ? 1 : 0;
        }
        return count;
    }

    /** What becomes of a failed check. */
    public enum Fate {
        /** Our network was fine: the failure is the proxy's. */
        RELEASE,
        /** Not yet known; to be asked again when an anchor has been probed. */
        WAIT,
        /** Our network was not fine: the check proves nothing and is to be repeated. */
        REPEAT
    }
}
