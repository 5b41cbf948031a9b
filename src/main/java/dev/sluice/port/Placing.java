package dev.sluice.port;

import dev.sluice.proxy.StoredProxy;
import io.vertx.core.Future;
import java.util.List;

/** Learns where entries are. {@code keep} implements it, a job uses it. Thread-safe. */
public interface Placing {
    /**
     * Takes over where entries are known to be, as far as they are served and have not changed since they were read.
     *
     * @param entries as they were read, with their new places
     */
    Future<Void> place(List<StoredProxy> entries);
}
