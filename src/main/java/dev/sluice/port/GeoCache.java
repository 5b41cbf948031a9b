package dev.sluice.port;

import dev.sluice.proxy.Location;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.Map;

/**
 * Answers about addresses that were dear to get, kept through restarts and shared by instances. {@code store} implements
 * it. Thread-safe. Times are milliseconds since 1970-01-01T00:00Z.
 */
public interface GeoCache {
    /** Most addresses of one call. */
    int MAX_ADDRESSES = 1_000;

    /**
     * What is kept and has not expired. Addresses nothing is kept of are left out; that nobody knows an address may be
     * kept, too, as {@link Location#UNKNOWN}.
     *
     * @param addresses at most {@value #MAX_ADDRESSES}
     */
    Future<Map<String, Location>> get(Collection<String> addresses, long nowMillis);

    /**
     * Keeps answers, in place of what was kept of their addresses. One transaction.
     *
     * @param answers by address, at most {@value #MAX_ADDRESSES}
     * @param expiresAtMillis from then on they are kept no longer
     */
    Future<Void> put(Map<String, Location> answers, long nowMillis, long expiresAtMillis);

    /** Counts. Reads the whole of it: not for hot paths. */
    Future<Stats> stats(long nowMillis);

    /**
     * Forgets what has expired, the oldest first.
     *
     * @param limit most answers at once, 1..10000
     * @return how many went
     */
    Future<Integer> expire(long nowMillis, int limit);

    /**
     * What is kept, and how it is used.
     *
     * @param entries answers kept, the expired included
     * @param expired those of them that have expired
     * @param hits addresses asked for here since the start whose answers were kept
     * @param misses addresses asked for here since the start whose answers were not
     */
    record Stats(long entries, long expired, long hits, long misses) {}
}
