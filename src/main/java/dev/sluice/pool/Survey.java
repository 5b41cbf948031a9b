package dev.sluice.pool;

import dev.sluice.proxy.LatencyCounts;
import java.util.HashMap;
import java.util.Map;

/**
 * How what a pool holds is spread. Taking one costs about a microsecond a proxy, so not on an event loop.
 *
 * @param proxies how many were looked at
 * @param byProtocol by scheme, lower case
 * @param byCountry by code of the country; {@value #UNKNOWN} where it is not known
 * @param bySource by name of each source that lists them: a proxy counts once for each
 * @param byTier by name of the tier
 * @param byAnonymity by name of the level
 * @param reputation how many have a reputation of 0 to below 10, 10 to below 20, and so on; ten numbers, 100 in the last
 * @param latencies mean latencies of those whose latency is known; nobody adds to it any more
 */
public record Survey(
        long proxies,
        Map<String, Long> byProtocol,
        Map<String, Long> byCountry,
        Map<String, Long> bySource,
        Map<String, Long> byTier,
        Map<String, Long> byAnonymity,
        long[] reputation,
        LatencyCounts latencies) {
    /** Stands for what is not known. */
    public static final String UNKNOWN = "unknown";

    private static final int STEPS = 10;

    /** Looks at everything in {@code pool}. Any thread; what changes meanwhile is seen before or after. */
    public static Survey of(Pool pool) {
        Map<String, Long> byProtocol = new HashMap<>();
        Map<String, Long> byCountry = new HashMap<>();
        Map<String, Long> bySource = new HashMap<>();
        Map<String, Long> byTier = new HashMap<>();
        Map<String, Long> byAnonymity = new HashMap<>();
        long[] reputation = new long[STEPS];
        LatencyCounts latencies = new LatencyCounts();
        long proxies = 0;
        for (long id : pool.ids()) {
            Served served = pool.served(id);
            if (served == null) {
                continue;
            }
            proxies++;
            byProtocol.merge(served.scheme().text(), 1L, Long::sum);
            byCountry.merge(country(served), 1L, Long::sum);
            for (String source : served.lists()) {
                bySource.merge(source, 1L, Long::sum);
            }
            byTier.merge(served.tier().text(), 1L, Long::sum);
            byAnonymity.merge(served.anonymity().text(), 1L, Long::sum);
            reputation[Math.min(STEPS - 1, (int) (served.reputation() / STEPS))]++;
            double latency = served.latencyMillis();
            if (latency >= 0) {
                latencies.add(latency);
            }
        }
        return new Survey(proxies, byProtocol, byCountry, bySource, byTier, byAnonymity, reputation, latencies);
    }

    /** The country of a proxy as it is counted here. */
    public static String country(Served served) {
        String country = served.location().country();
        return country == null ? UNKNOWN : country;
    }
}
