package dev.sluice.port;

import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.StoredProxy;
import io.vertx.core.Future;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Orders of administrators about single proxies. {@code keep} implements it, {@code api} uses it. Thread-safe. */
public interface Overrides {
    /**
     * Stores an order and obeys it at once: tier, priority and the next check follow, in the pool and in the store. What
     * is served does not change by it: a dead proxy stays dead, whatever its tier.
     *
     * @param id the store's number of the proxy
     * @param override null takes back what was ordered
     * @return the entry as it is now, empty where there is none; fails when the database does not answer
     */
    Future<Optional<StoredProxy>> override(long id, @Nullable ManualOverride override);
}
