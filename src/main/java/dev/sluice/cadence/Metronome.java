package dev.sluice.cadence;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A schedule at fixed instants: {@code anchor + k * period}, whatever the work takes. Runs never overlap. A tick that
 * comes while a run is under way waits for its end, as many of them as may; further ones are coalesced into what waits,
 * or skipped where none may wait. Ticks that nobody woke up for (a stall, a sleeping machine) are missed: counted, never
 * made up for in a burst.
 *
 * <p>Every instant of the grid up to now is exactly one of: a run, waiting, coalesced, skipped, missed. All times are
 * readings of one monotonic clock, so a jump of the wall clock does not matter. Not thread-safe.
 */
public final class Metronome {
    /** An age limit that no run reaches. */
    public static final long ANY_AGE = Long.MAX_VALUE;

    private final long anchorNanos;
    private final long periodNanos;
    private final int mostWaiting;
    private final long ageLimitNanos;
    private final ArrayDeque<Long> waiting = new ArrayDeque<>();
    private long lastInstant;
    private boolean running;
    private boolean rests;
    private long restsUntilNanos;
    private long standsFor;
    private long runs;
    private long queued;
    private long coalesced;
    private long skipped;
    private long missed;
    private @Nullable SkipReason lastSkip;

    /**
     * One tick may wait, and any age is good enough.
     *
     * @param anchorNanos first instant of the grid; may lie in the future
     * @param periodNanos above 0
     */
    public Metronome(long anchorNanos, long periodNanos) {
        this(anchorNanos, periodNanos, 1, ANY_AGE);
    }

    /**
     * A grid of its own rules.
     *
     * @param anchorNanos first instant of the grid; may lie in the future
     * @param periodNanos above 0
     * @param mostWaiting ticks that may wait for the end of a run, 0 or more
     * @param ageLimitNanos a tick that could begin only later than this after its instant is skipped; above 0
     */
    public Metronome(long anchorNanos, long periodNanos, int mostWaiting, long ageLimitNanos) {
        if (periodNanos <= 0) {
            throw new IllegalArgumentException("periodNanos: " + periodNanos + " (expected: > 0)");
        }
        if (mostWaiting < 0) {
            throw new IllegalArgumentException("mostWaiting: " + mostWaiting + " (expected: 0 or more)");
        }
        if (ageLimitNanos <= 0) {
            throw new IllegalArgumentException("ageLimitNanos: " + ageLimitNanos + " (expected: > 0)");
        }
        this.anchorNanos = anchorNanos;
        this.periodNanos = periodNanos;
        this.mostWaiting = mostWaiting;
        this.ageLimitNanos = ageLimitNanos;
        this.lastInstant = anchorNanos - periodNanos;
    }

    /** Where in a period a schedule of this name begins: always the same, and spread over the period by name. */
    public static long offsetNanos(String name, long periodNanos) {
        long mixed = name.hashCode() * 0x9E3779B97F4A7C15L;
        return Math.floorMod(mixed ^ (mixed >>> 32), periodNanos);
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
     * @return the run to start now; null when no instant has passed, when one is under way, or when it is skipped
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
            return begin(instant, nowNanos);
        }
        if (waiting.size() < mostWaiting) {
            waiting.add(instant);
            queued++;
        } else if (mostWaiting == 0) {
            skip(SkipReason.BUSY);
        } else {
            coalesced++;
            standsFor++;
        }
        return null;
    }

    /**
     * A run off the grid.
     *
     * @return the run to start now; null when one is under way
     */
    public @Nullable Run trigger(long nowNanos) {
        if (running) {
            return null;
        }
        running = true;
        return new Run(nowNanos, 0);
    }

    /**
     * The run under way has ended.
     *
     * @return the run that waited, to start now; null when none did
     */
    public @Nullable Run ended(long nowNanos) {
        running = false;
        Run next = null;
        while (next == null && !waiting.isEmpty()) {
            next = begin(waiting.remove(), nowNanos);
        }
        return next;
    }

    /** Instants before this one, and those that wait, are skipped: the work asks for less. */
    public void rest(long untilNanos) {
        rests = true;
        restsUntilNanos = untilNanos;
    }

    private @Nullable Run begin(long instant, long nowNanos) {
        if (rests && nowNanos - restsUntilNanos < 0) {
            skip(SkipReason.RESTING);
            return null;
        }
        rests = false;
        if (nowNanos - instant > ageLimitNanos) {
            skip(SkipReason.LATE);
            return null;
        }
        Run run = new Run(instant, standsFor);
        running = true;
        standsFor = 0;
        runs++;
        return run;
    }

    private void skip(SkipReason reason) {
        skipped++;
        lastSkip = reason;
    }

    /** Runs started at an instant of the grid. */
    public long runs() {
        return runs;
    }

    /** Ticks that came during a run and had to wait for its end. */
    public long queued() {
        return queued;
    }

    /** Ticks that wait now. */
    public int waiting() {
        return waiting.size();
    }

    /** Ticks that came while as many as may waited already, and were merged into them. */
    public long coalesced() {
        return coalesced;
    }

    /** Ticks that were passed over on purpose. */
    public long skipped() {
        return skipped;
    }

    /** Why the last of them was; null when none was. */
    public @Nullable SkipReason lastSkip() {
        return lastSkip;
    }

    /** Instants that passed unnoticed. */
    public long missed() {
        return missed;
    }

    /** Until when ticks are skipped; {@code otherwise} where none are. */
    public long restsUntilNanos(long otherwise) {
        return rests ? restsUntilNanos : otherwise;
    }

    /** Why a tick is passed over. */
    public enum SkipReason {
        /** A run is under way, and none may wait. */
        BUSY("a run was under way"),
        /** It could begin only beyond the age limit. */
        LATE("it could begin only too late"),
        /** The work asked for a rest. */
        RESTING("the work asked for a rest");

        private final String text;

        SkipReason(String text) {
            this.text = text;
        }

        /** For people. */
        public String text() {
            return text;
        }
    }

    /**
     * A run to start.
     *
     * @param scheduledForNanos its instant on the grid
     * @param coalesced further instants since the run before that it stands for, merged or missed
     */
    public record Run(long scheduledForNanos, long coalesced) {}
}
