package dev.sluice.cadence;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The wall clock as due work may see it: one that was put back or forward, or slept, neither stops checks nor makes them
 * due in a burst. It is read again and again, at least every few seconds, and compares the wall clock with the monotonic one.
 *
 * <ul>
 *   <li>{@link #millis} never goes back. Where the wall clock was put back, it goes on at half the speed until that has
 *       caught up: what is due goes on being due, and an hour costs two of them at half the pace. Beyond
 *       {@value #MOST_AHEAD_HOURS} hours it gives way, for then it was the time before that was wrong.
 *   <li>After a leap ahead, by more than {@value #LEAP_SECONDS} s at once, {@link #urgentMillis} goes on at its pace for the
 *       length of a lease, so that what is under way is not taken for lost, and leaps then. {@link #regularMillis} does
 *       the same, and then runs faster until it has caught up, so that a night's checks are spread over minutes.
 * </ul>
 *
 * <p>Thread-safe.
 */
public final class SteadyClock implements InstantSource {
    /** What the wall clock may differ from the monotonic one between two readings before it is a jump. */
    public static final int LEAP_SECONDS = 60;
    /** How far it may stay ahead of the wall clock. */
    public static final int MOST_AHEAD_HOURS = 24;

    private static final long LEAP_MILLIS = LEAP_SECONDS * 1_000L;
    private static final double MOST_AHEAD_MILLIS = MOST_AHEAD_HOURS * 3_600_000.0;

    private final InstantSource wall;
    private final LongSupplier nanoClock;
    private final long holdMillis;
    private final long catchUpMillis;
    private long lastWallMillis;
    private long lastNanos;
    private double steady;
    /** How far regular checks are behind {@link #steady} since a leap, and urgent ones while it is held. */
    private double behind;

    private double holdLeft;
    /** What {@link #behind} loses in a millisecond once nothing is held any more. */
    private double haste;

    private long jumps;
    private long lastJumpMillis;

    /**
     * Reads both clocks.
     *
     * @param hold how long a lease may last
     * @param catchUp in what time a leap is made up for after that, above 0
     */
    public SteadyClock(InstantSource wall, LongSupplier nanoClock, Duration hold, Duration catchUp) {
        if (catchUp.toMillis() <= 0) {
            throw new IllegalArgumentException("catchUp: " + catchUp + " (expected: at least 1 ms)");
        }
        this.wall = wall;
        this.nanoClock = nanoClock;
        this.holdMillis = hold.toMillis();
        this.catchUpMillis = catchUp.toMillis();
        this.lastWallMillis = wall.millis();
        this.lastNanos = nanoClock.getAsLong();
        this.steady = lastWallMillis;
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    @Override
    public synchronized long millis() {
        read();
        return (long) steady;
    }

    /** Until when urgent work and newcomers are due. Never later than {@link #millis}. */
    public synchronized long urgentMillis() {
        read();
        return (long) (holdLeft > 0 ? steady - behind : steady);
    }

    /** Until when regular checks are due. Never later than {@link #urgentMillis}. */
    public synchronized long regularMillis() {
        read();
        return (long) (steady - behind);
    }

    /** Jumps of the wall clock, and sleeps that the monotonic clock did not see, so far. */
    public synchronized long jumps() {
        read();
        return jumps;
    }

    /** Size of the last jump, negative where the clock was put back; 0 before the first. */
    public synchronized long lastJumpMillis() {
        return lastJumpMillis;
    }

    private void read() {
        long wallMillis = wall.millis();
        long nanos = nanoClock.getAsLong();
        double elapsed = Math.max(0, nanos - lastNanos) / 1e6;
        double jump = wallMillis - lastWallMillis - elapsed;
        lastWallMillis = wallMillis;
        lastNanos = nanos;
        if (Math.abs(jump) > LEAP_MILLIS) {
            jumps++;
            lastJumpMillis = Math.round(jump);
        }
        double before = steady;
        steady = wallMillis >= before ? wallMillis : Math.max(wallMillis, before + Math.min(elapsed, LEAP_MILLIS) / 2);
        if (steady - wallMillis > MOST_AHEAD_MILLIS) {
            steady = wallMillis;
            followed();
        } else if (steady - before > LEAP_MILLIS) {
            behind += steady - before - Math.min(elapsed, LEAP_MILLIS);
            holdLeft = holdMillis;
            haste = behind / catchUpMillis;
        } else if (behind > 0) {
            double holding = Math.min(holdLeft, elapsed);
            holdLeft -= holding;
            behind -= (elapsed - holding) * haste;
            if (behind <= 0) {
                followed();
            }
        }
    }

    private void followed() {
        behind = 0;
        holdLeft = 0;
        haste = 0;
    }
}
