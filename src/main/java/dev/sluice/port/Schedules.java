package dev.sluice.port;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the server does again and again, and how that goes. {@code schedule} implements it, {@code api} uses it.
 * Thread-safe.
 */
public interface Schedules {
    /** Every schedule, by name. */
    List<State> all();

    /** One of them; empty where there is none of that name. */
    Optional<State> get(String name);

    /** Starts a run now, whatever the grid says. Never waits for it, and never starts one beside another. */
    Trigger run(String name);

    /** What came of asking for a run. */
    sealed interface Trigger {
        /**
         * It has begun.
         *
         * @param run id of the new run, as in {@link Run#id}
         */
        record Started(String run) implements Trigger {}

        /**
         * One is under way; no other was started.
         *
         * @param run id of the run under way
         */
        record AlreadyRunning(String run) implements Trigger {}

        /** There is no schedule of that name. */
        record Unknown() implements Trigger {}
    }

    /** What becomes of an instant that comes while a run is under way. */
    enum Policy {
        /** One waits for the end of the run, further ones are merged into it. */
        COALESCE,
        /** It is skipped. */
        SKIP,
        /** Several wait, each for a run of its own; beyond their number they are merged into the last. */
        QUEUE
    }

    /** How a run ended. */
    enum Outcome {
        /** It has not. */
        RUNNING,
        /** As it should. */
        SUCCEEDED,
        /** With an error; the schedule goes on. */
        FAILED,
        /** It did not end in time and was given up; the schedule goes on. */
        HUNG
    }

    /**
     * A run. Times are milliseconds since 1970-01-01T00:00Z.
     *
     * @param id of no other run of this process
     * @param triggered whether it was asked for, off the grid
     * @param scheduledForMillis its instant on the grid; when it was asked for, if it was
     * @param startedAtMillis later than that by the lag
     * @param tookMillis until it ended; until now while it has not
     * @param coalesced further instants that it stood for, merged or missed
     * @param detail what went wrong, in a few words; null where nothing did
     */
    record Run(
            String id,
            boolean triggered,
            long scheduledForMillis,
            long startedAtMillis,
            long tookMillis,
            Outcome outcome,
            long coalesced,
            @Nullable String detail) {}

    /**
     * A schedule at a moment. Every instant of its grid up to now is exactly one of: run, waiting, coalesced, skipped,
     * missed; counts are since start.
     *
     * @param name lower case, words joined by hyphens
     * @param about what it does, in a few words
     * @param period between two instants of the grid
     * @param enabled whether its runs do anything
     * @param nextAtMillis its next instant, milliseconds since 1970-01-01T00:00Z
     * @param current the run under way, null for none
     * @param last the run that ended last, null before the first end
     * @param runs runs started at an instant of the grid
     * @param triggered runs started besides, because they were asked for
     * @param failures runs that failed or hung
     * @param waiting instants that wait for the end of the run under way
     * @param coalesced instants that were merged into one that waited already
     * @param skipped instants that were passed over on purpose
     * @param lastSkipReason why the last of these was; null when none was
     * @param missed instants that passed unnoticed: a stall, a machine asleep
     * @param lagMillis from the instant of the latest run to its start; 0 before the first
     * @param trouble what the watchdog has to say of it, null where all is well
     */
    record State(
            String name,
            String about,
            Duration period,
            Policy policy,
            boolean enabled,
            long nextAtMillis,
            @Nullable Run current,
            @Nullable Run last,
            long runs,
            long triggered,
            long failures,
            long waiting,
            long coalesced,
            long skipped,
            @Nullable String lastSkipReason,
            long missed,
            double lagMillis,
            @Nullable String trouble) {}
}
