package dev.sluice.store;

import dev.sluice.port.SourceFigures;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tier;
import io.vertx.core.Future;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Adds up the slices of a count. Confined to one thread at a time. */
public final class StoreTally {
    private final Map<Scheme, Long> byScheme = new EnumMap<>(Scheme.class);
    private final Map<Tier, Long> byTier = new EnumMap<>(Tier.class);
    private final Map<String, SourceFigures.Of> bySource = new HashMap<>();
    private final Set<String> sharers = new HashSet<>();
    private long total;
    private long alive;
    private long neverChecked;
    private long archived;
    private double checksPerSecond;
    private long located;
    private long lastId;

    /** Counts everything that {@code counting} has, one slice after the other. */
    static Future<StoreStats> all(Counting counting) {
        StoreTally tally = new StoreTally();
        return tally.rest(counting).map(counted -> tally.sum());
    }

    private Future<Void> rest(Counting counting) {
        return counting.slice(lastId, Counting.USUAL_SLICE)
                .compose(slice -> add(slice) ? rest(counting) : Future.succeededFuture());
    }

    /**
     * Adds the next slice.
     *
     * @return whether another one follows
     */
    public boolean add(StoreSlice slice) {
        if (slice.last()) {
            return false;
        }
        StoreStats stats = slice.stats();
        total += stats.total();
        alive += stats.alive();
        neverChecked += stats.neverChecked();
        archived += stats.archived();
        checksPerSecond += stats.checksPerSecond();
        located += stats.located();
        stats.byScheme().forEach((scheme, count) -> byScheme.merge(scheme, count, Long::sum));
        stats.byTier().forEach((tier, count) -> byTier.merge(tier, count, Long::sum));
        stats.bySource().forEach((source, of) -> bySource.merge(source, of, SourceFigures.Of::plus));
        sharers.addAll(slice.sharers());
        lastId = slice.lastId();
        return true;
    }

    /** Number after which the next slice begins. */
    public long lastId() {
        return lastId;
    }

    /** What was added up; the checks a second are shared by this instance and those that were seen. */
    public StoreStats sum() {
        return new StoreStats(
                total,
                alive,
                neverChecked,
                archived,
                byScheme,
                byTier,
                bySource,
                checksPerSecond / (1 + sharers.size()),
                located);
    }
}
