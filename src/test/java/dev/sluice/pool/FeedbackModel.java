package dev.sluice.pool;

import static java.util.Objects.requireNonNull;

import dev.sluice.pool.FeedbackBook.Effect;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A feedback book by its rules alone: maps in order of the last report, and a look at everything to find the largest. */
final class FeedbackModel {
    private final int capacity;
    private final int maxApplications;
    final Map<String, Application> applications = new LinkedHashMap<>();
    private final Deque<Pair> forgotten = new ArrayDeque<>();
    private long changes;

    FeedbackModel(int capacity, int maxApplications) {
        this.capacity = capacity;
        this.maxApplications = maxApplications;
    }

    static final class Application {
        final Map<Long, Pair> pairs = new LinkedHashMap<>();
        private long sinceChange;
    }

    record Pair(long id, int steps, long successes, long failures, long lastAtMillis, boolean succeeded) {
        Feedback feedback() {
            return new Feedback(Feedback.score(steps), successes, failures, lastAtMillis);
        }

        boolean proven() {
            return succeeded && Feedback.score(steps) >= 0.5;
        }

        double opinion() {
            double reports = successes + failures;
            return 5 * (2 * Feedback.score(steps) - 1) * reports / (reports + 4);
        }
    }

    Effect record(String name, long id, boolean success, long atMillis) {
        Application application = applications.remove(name);
        if (application == null && applications.size() == maxApplications) {
            String oldest = applications.keySet().iterator().next();
            List<Pair> lost = new ArrayList<>(
                    requireNonNull(applications.remove(oldest)).pairs.values());
            Collections.reverse(lost);
            lost.forEach(forgotten::addFirst);
        }
        if (application == null) {
            application = new Application();
        }
        applications.put(name, application);
        Pair before = application.pairs.remove(id);
        Pair gone = forgotten.poll();
        if (before == null && size() == capacity) {
            gone = giveUp(application);
        }
        Pair after = with(before, id, success, atMillis);
        application.pairs.put(id, after);
        if (before == null) {
            application.sinceChange = ++changes;
        }
        return new Effect(
                after.opinion() - (before == null ? 0 : before.opinion()),
                after.successes + after.failures <= 20,
                gone == null ? 0 : gone.id,
                gone == null ? 0 : gone.opinion());
    }

    private Pair giveUp(Application reporting) {
        Application largest = reporting;
        for (Application other : applications.values()) {
            int more = other.pairs.size() - largest.pairs.size();
            if (more > 0 || more == 0 && other.sinceChange < largest.sinceChange) {
                largest = other;
            }
        }
        Pair gone = largest.pairs.values().iterator().next();
        largest.pairs.remove(gone.id);
        largest.sinceChange = ++changes;
        if (largest != reporting) {
            applications.values().removeIf(application -> application.pairs.isEmpty() && application != reporting);
        }
        return gone;
    }

    private static Pair with(@Nullable Pair before, long id, boolean success, long atMillis) {
        int steps = before == null ? Feedback.NEUTRAL_STEPS : before.steps;
        double score = Feedback.score(steps);
        double next = Math.max(0.01, score + 0.4 * ((success ? 1 : 0) - score));
        return new Pair(
                id,
                (int) Math.round(next * Feedback.STEPS),
                (before == null ? 0 : before.successes) + (success ? 1 : 0),
                (before == null ? 0 : before.failures) + (success ? 0 : 1),
                atMillis,
                success);
    }

    int size() {
        int size = 0;
        for (Application application : applications.values()) {
            size += application.pairs.size();
        }
        return size;
    }
}
