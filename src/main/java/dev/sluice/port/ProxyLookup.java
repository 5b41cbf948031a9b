package dev.sluice.port;

import dev.sluice.proxy.StoredProxy;
import io.vertx.core.Future;
import java.util.List;

/** Finds entries by number, dead and archived ones included. {@code store} answers it, {@code api} asks. Thread-safe. */
@FunctionalInterface
public interface ProxyLookup {
    /**
     * Entries by number; those that do not exist are left out.
     *
     * @param ids 1..1000 of them
     * @return fails when the database does not answer
     */
    Future<List<StoredProxy>> get(List<Long> ids);
}
