package dev.sluice.port;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where rooms enter what they do again and again. {@code schedule} implements it; who enters something is told nothing of
 * the others. Thread-safe.
 */
public interface Timetable {
    /**
     * Begins a schedule on the present event loop: all its runs begin there.
     *
     * @param work begins a run; completes, on any thread, with how long to rest before the next, 0 for no longer than the
     *     grid says. A failure, an exception or a run that never ends does not end the schedule
     * @throws IllegalArgumentException when there is a schedule of that name
     */
    Entry enter(Plan plan, Function<Start, Future<Duration>> work);

    /** A schedule, for who entered it. */
    interface Entry {
        /** No further run begins; completes when the one under way has ended. */
        Future<Void> leave();
    }

    /**
     * What a run is told.
     *
     * @param scheduledForMillis its instant, milliseconds since 1970-01-01T00:00Z
     * @param coalesced further instants that it stands for
     */
    record Start(long scheduledForMillis, long coalesced) {}

    /**
     * What is to happen when.
     *
     * @param name lower case, words joined by hyphens
     * @param about what it does, in a few words
     * @param period between two instants, above 0
     * @param first from now to the first instant; null for a place in the period that follows from the name
     * @param policy what becomes of an instant that comes while a run is under way
     * @param mostWaiting with {@link Schedules.Policy#QUEUE}: how many wait at most, 1 or more
     * @param longest how long a run is expected to take at most, above 0: beyond it it is reported, and three periods
     *     later given up
     * @param ageLimit an instant that could begin only later than this is skipped; null for any age
     * @param enabled whether runs do anything now, for those who look
     */
    record Plan(
            String name,
            String about,
            Duration period,
            @Nullable Duration first,
            Schedules.Policy policy,
            int mostWaiting,
            Duration longest,
            @Nullable Duration ageLimit,
            BooleanSupplier enabled) {
        private static final Duration LONGEST = Duration.ofMinutes(1);

        public Plan {
            above0("period", period);
            above0("longest", longest);
            if (ageLimit != null) {
                above0("ageLimit", ageLimit);
            }
            if (mostWaiting < 1) {
                throw new IllegalArgumentException("mostWaiting: " + mostWaiting + " (expected: 1 or more)");
            }
        }

        private static void above0(String name, Duration duration) {
            if (duration.isNegative() || duration.isZero()) {
                throw new IllegalArgumentException(name + ": " + duration + " (expected: above 0)");
            }
        }

        /** At once and then in every period; what comes too soon is merged; a run takes a minute at most. */
        public static Plan every(Duration period, String name, String about) {
            return new Plan(
                    name, about, period, Duration.ZERO, Schedules.Policy.COALESCE, 1, LONGEST, null, () -> true);
        }

        /** With its first instant so long from now. */
        public Plan after(Duration delay) {
            return new Plan(name, about, period, delay, policy, mostWaiting, longest, ageLimit, enabled);
        }

        /** With its first instant where in the period the name says, so that schedules do not all begin at once. */
        public Plan spread() {
            return new Plan(name, about, period, null, policy, mostWaiting, longest, ageLimit, enabled);
        }

        /** Nothing waits: an instant that comes while a run is under way is skipped. */
        public Plan skipping() {
            return new Plan(name, about, period, first, Schedules.Policy.SKIP, 1, longest, ageLimit, enabled);
        }

        /** Up to {@code most} instants wait, each for a run of its own. */
        public Plan queueing(int most) {
            return new Plan(name, about, period, first, Schedules.Policy.QUEUE, most, longest, ageLimit, enabled);
        }

        /** With runs that may take so long. */
        public Plan taking(Duration atMost) {
            return new Plan(name, about, period, first, policy, mostWaiting, atMost, ageLimit, enabled);
        }

        /** An instant that could begin only later than {@code age} is skipped. */
        public Plan noLaterThan(Duration age) {
            return new Plan(name, about, period, first, policy, mostWaiting, longest, age, enabled);
        }

        /** Shown as switched off where {@code shown} says so. */
        public Plan shownAs(BooleanSupplier shown) {
            return new Plan(name, about, period, first, policy, mostWaiting, longest, ageLimit, shown);
        }
    }
}
