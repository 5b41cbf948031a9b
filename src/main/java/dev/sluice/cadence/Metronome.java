package dev.sluice.cadence;

import org.jspecify.annotations.Nullable;

/**
 * A schedule at fixed instants: {@code anchor + k * period}, whatever the work takes. Runs never overlap. A tick that
 * comes while a run is under way is queued, at most one of them; further ones are coalesced into it. Ticks that nobody
 * woke up for (a stall, a sleeping machine) are missed: counted, never made up for in a burst.
 *
 * <p>Every instant of the grid up to now is exactly one of: a run, waiting, coalesced, missed. All times are readings of
 * one monotonic clock, so a jump of the wall clock does not matter. Not thread-safe.
 */
public final class Metronome {
    private final long anchorNanos;
    private final long periodNanos;
    private long lastInstant;
    private boolean running;
    private boolean waiting;
    private long waitingInstant;
    private long standsFor;
    private long runs;
    private long queued;
    private long coalesced;
    private long missed;

    /**
     * @param anchorNanos first instant of the grid; may lie in the future
     * @param periodNanos above 0
     */
    public Metronome(long anchorNanos, long periodNanos) {
        if (periodNanos <= 0) {
            throw new IllegalArgumentException("periodNanos: " + periodNanos + " (expected: > 0)");
        }
        this.anchorNanos = anchorNanos;
        this.periodNanos = periodNanos;
        this.lastInstant = anchorNanos - periodNanos;
    }

    /**
     * The next instant of the grid: {@code anchor + ceil((now - anchor) / period) * period} as of the last {@link #tick}.
     * When it has passed by the time it is asked for, tick at once.
     */
    public long nextTickNanos() {
        return lastInstant + periodNanos;
    }

    /**
     * The clock has reached an instant. Harmless when called early.
     *
     * @return the run to start now; null when no instant has passed, or when one is under way
     */
    public @Nullable Run tick(long nowNanos) {
        long instant = anchorNanos + Math.floorDiv(nowNanos - anchorNanos, periodNanos) * periodNanos;
        long passed = (instant - lastInstant) / periodNanos;
        if (passed <= 0) {
            return null;
        }
        lastInstant = instant;
        missed += passed - 1;
        standsFor += passed - 1;
        if (!running) {
            return begin(instant);
        }
        if (waiting) {
            coalesced++;
            standsFor++;
        } else {
            waiting = true;
            waitingInstant = instant;
            queued++;
        }
        return null;
    }

    /**
     * The run under way has ended.
     *
     * @return the run that waited, to start now; null when none did
     */
    public @Nullable Run ended() {
        running = false;
        if (!waiting) {
            return null;
        }
        waiting = false;
        return begin(waitingInstant);
    }

    private Run begin(long instant) {
        Run run = new Run(instant, standsFor);
        running = true;
        standsFor = 0;
        runs++;
        return run;
    }

    /** Runs started. */
    public long runs() {
        return runs;
    }

    /** Ticks that came during a run and had to wait for its end. */
    public long queued() {
        return queued;
    }

    /** Ticks that came while another one waited already, and were merged into it. */
    public long coalesced() {
        return coalesced;
    }

    /** Instants that passed unnoticed. */
    public long missed() {
        return missed;
    }

    /**
     * A run to start.
     *
     * @param scheduledForNanos its instant on the grid
     * @param coalesced further instants since the run before that it stands for, merged or missed
     */
    public record Run(long scheduledForNanos, long coalesced) {}
}
