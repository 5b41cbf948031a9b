package dev.sluice.geo;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.sluice.geo.mmdb.Kind;
import dev.sluice.geo.mmdb.Mmdb;
import dev.sluice.parse.AddressKind;
import dev.sluice.port.Locator;
import dev.sluice.proxy.Location;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is asked in this process, in its order, at one moment. A new database makes a new chain with an empty
 * cache, so that no answer of an old one can stay behind. Immutable but for the cache; thread-safe.
 */
final class Chain {
    private static final int MARK_BITS = 17;

    private final NetworkTable table;
    private final Mmdb[] databases;
    private final List<Locator.Database> described;
    private final @Nullable Cache<String, Location> cache;
    /** Hashes of addresses that were wanted once. Races cost a mark, which is made again. */
    private final int[] marks;

    /** @param cacheEntries most answers kept; 0: none */
    Chain(NetworkTable table, List<Mmdb> databases, List<Locator.Database> described, int cacheEntries) {
        this.table = table;
        this.databases = databases.toArray(new Mmdb[0]);
        this.described = List.copyOf(described);
        this.marks = new int[cacheEntries == 0 ? 0 : 1 << MARK_BITS];
        // Its housekeeping is done by whoever looks up, a little at a time: no thread of its own.
        this.cache = cacheEntries == 0
                ? null
                : Caffeine.newBuilder()
                        .maximumSize(cacheEntries)
                        .executor(Runnable::run)
                        .build();
    }

    List<Locator.Database> described() {
        return described;
    }

    /** The answer kept for this text; null when there is none. */
    @Nullable
    Location cached(String address) {
        return cache == null ? null : cache.getIfPresent(address);
    }

    /**
     * Keeps an answer that was wanted before; of the others only a mark stays. Storing one costs more than finding it in a
     * database: among addresses that are all different it would halve the speed of look-ups (LocateBenchmark).
     */
    void keep(String address, Location location) {
        if (cache == null) {
            return;
        }
        int mark = address.hashCode() * 0x9E3779B9;
        int slot = mark >>> 32 - MARK_BITS;
        if (marks[slot] == mark) {
            cache.put(address, location);
        } else {
            marks[slot] = mark;
        }
    }

    long cachedEntries() {
        return cache == null ? 0 : cache.estimatedSize();
    }

    /** Look-ups that met records which can't be read. */
    long corrupt() {
        long sum = 0;
        for (Mmdb database : databases) {
            sum += database.corrupt();
        }
        return sum;
    }

    /**
     * Asks table and databases.
     *
     * @param address 4 or 16 bytes; IPv4 addresses in their own form
     */
    Location locate(byte[] address) {
        Location found = table.locate(address);
        if (AddressKind.of(address) == AddressKind.PUBLIC) {
            for (Mmdb database : databases) {
                if (found != null && found.country() != null && database.kind() == Kind.COUNTRY) {
                    continue;
                }
                Location told = database.locate(address);
                if (told != null) {
                    found = found == null ? told : Merging.merge(found, told);
                    if (Merging.isComplete(found)) {
                        break;
                    }
                }
            }
        }
        return found == null ? Location.UNKNOWN : Merging.typed(found);
    }
}
