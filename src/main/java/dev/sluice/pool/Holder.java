package dev.sluice.pool;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Place of a filter's view. Thread-safe. */
final class Holder {
    final Selection selection;
    /** Whether a build is on its way. */
    final AtomicBoolean building = new AtomicBoolean();

    private volatile View view;
    private volatile long usedAtMillis;
    private volatile boolean dropped;
    private volatile @Nullable Explanation explanation;
    private volatile long explainedAtMillis;

    Holder(Selection selection, View view, long usedAtMillis) {
        this.selection = selection;
        this.view = view;
        this.usedAtMillis = usedAtMillis;
    }

    View view() {
        return view;
    }

    /** Replaces the view, unless a newer one came first. */
    synchronized View publish(View next) {
        if (!dropped && next.changes >= view.changes) {
            next.goOn(view);
            view = next;
        }
        return view;
    }

    long usedAtMillis() {
        return usedAtMillis;
    }

    void used(long nowMillis) {
        if (usedAtMillis != nowMillis) {
            usedAtMillis = nowMillis;
        }
    }

    /** Whether it lost its place: whoever holds on to it asks for a new one. */
    boolean dropped() {
        return dropped;
    }

    /** Takes its place away and lets go of the view: selections may hold on to this for long. */
    synchronized void drop() {
        dropped = true;
        view = View.NONE;
    }

    @Nullable
    Explanation explanation(long nowMillis, long mostAgeMillis) {
        return Math.abs(nowMillis - explainedAtMillis) < mostAgeMillis ? explanation : null;
    }

    void explanation(Explanation known, long nowMillis) {
        explanation = known;
        explainedAtMillis = nowMillis;
    }
}
