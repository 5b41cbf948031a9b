package dev.sluice.port;

import dev.sluice.proxy.Location;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.Map;

/**
 * Answers of a web service, kept beside the proxies so that no address is asked for twice within its time. The stores
 * implement it, {@code geo} and {@code api} use it. Thread-safe.
 */
public interface GeoCache {
    /**
     * What is kept and has not expired.
     *
     * @param addresses canonical texts of addresses, up to 1,000
     * @return by address; {@link Location#UNKNOWN} where the service knew nothing; those that are not kept are missing
     */
    Future<Map<String, Location>> get(Collection<String> addresses, long nowMillis);

    /**
     * Keeps answers in place of older ones.
     *
     * @param answers by canonical text of the address; {@link Location#UNKNOWN} for what the service did not know
     */
    Future<Void> put(Map<String, Location> answers, long nowMillis, long expiresAtMillis);

    /** What is kept, and what was asked since the start of this process. */
    Future<Stats> stats(long nowMillis);

    /**
     * Forgets what has expired.
     *
     * @param limit most entries to forget
     * @return how many were forgotten
     */
    Future<Integer> expire(long nowMillis, int limit);

    /**
     * What the cache holds and did.
     *
     * @param entries answers kept, expired ones included
     * @param expired of these, those that are not given any more
     * @param hits addresses that were found
     * @param misses addresses that were not
     */
    record Stats(long entries, long expired, long hits, long misses) {}
}
