package dev.sluice.store;

import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.ProxyQuery.Position;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds stored entries by their properties, page after page. Thread-safe; every future fails with {@link StoreException}.
 *
 * <p>No search reads the whole table. It walks one index in the order of the pages, that of the filter that is rarest from
 * where the page begins: the one whose next {@value #MOST_LOOKED_AT} entries reach farthest. What it meets there it compares
 * with the other conditions, and ends when the page is full or that many entries were looked at. So a page may be short, even
 * empty, and yet have another one behind it.
 *
 * <p>Paging to the end tells every entry that matches all the while exactly once, also while others change.
 */
@FunctionalInterface
public interface ProxySearch {
    /** Entries that are looked at for a page. */
    int MOST_LOOKED_AT = 2_000;

    /**
     * One page.
     *
     * @return fails when the database does not answer
     */
    Future<Found> search(ProxyQuery query);

    /**
     * A page of what was found.
     *
     * @param proxies in the order of the query
     * @param next where to go on; null at the end
     * @param cut whether the page ended because so many entries were looked at
     */
    record Found(List<StoredProxy> proxies, @Nullable Position next, boolean cut) {
        public Found {
            proxies = List.copyOf(proxies);
        }
    }
}
