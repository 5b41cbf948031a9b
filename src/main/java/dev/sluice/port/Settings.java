package dev.sluice.port;

import io.vertx.core.Future;
import java.util.Map;

/**
 * What was set at run time and outlives a restart: changes by API, which take precedence over the configuration, and the
 * name of this database. {@code store} implements it. Thread-safe.
 */
public interface Settings {
    /** Everything that is set, by name. Names are dotted keys, values texts of at most 10,000 characters. */
    Future<Map<String, String>> all();

    /** Sets {@code name}. */
    Future<Void> put(String name, String value);

    /** Sets {@code name} unless it is set already; the value that stands then. Atomic across instances. */
    Future<String> putIfAbsent(String name, String value);

    /** Takes {@code name} away; nothing happens when it was not set. */
    Future<Void> remove(String name);
}
