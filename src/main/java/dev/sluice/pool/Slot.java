package dev.sluice.pool;

import dev.sluice.proxy.Verified;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/** Place of one proxy, shared by all views. The pool's writer sets it, readers look at it each time before they serve it. */
final class Slot {
    private static final AtomicIntegerFieldUpdater<Slot> REPORTED =
            AtomicIntegerFieldUpdater.newUpdater(Slot.class, "reported");

    final long id;
    private final long usesAtFirst;
    private volatile @Nullable PooledProxy proxy;
    private volatile int reported;

    Slot(PooledProxy proxy) {
        this.id = proxy.id();
        this.usesAtFirst = proxy.health().uses();
        this.proxy = proxy;
    }

    /** What stands here now; null when it has left. */
    @Nullable
    PooledProxy proxy() {
        return proxy;
    }

    void set(@Nullable PooledProxy next) {
        proxy = next;
    }

    /** Counts a use that the health state does not tell of yet. */
    void used() {
        REPORTED.incrementAndGet(this);
    }

    /** 0..100. */
    double reputation(PooledProxy state) {
        return parts(state).total();
    }

    /** What that reputation is made of. */
    Reputation.Parts parts(PooledProxy state) {
        return Reputation.parts(state.health(), uses(state), 0);
    }

    /** Uses by the health state, or by what was reported here where that is more: the state follows the reports. */
    long uses(PooledProxy state) {
        return Math.max(state.health().uses(), usesAtFirst + reported);
    }

    /** What stands here, when it meets {@code filter}; null otherwise. */
    @Nullable
    PooledProxy matching(Filter filter, boolean connectOnly, long nowMillis) {
        PooledProxy state = proxy;
        return state != null && served(state, connectOnly) && filter.matches(state, reputation(state), nowMillis)
                ? state
                : null;
    }

    static boolean served(PooledProxy state, boolean connectOnly) {
        return connectOnly || state.health().verified() == Verified.FULL;
    }
}
