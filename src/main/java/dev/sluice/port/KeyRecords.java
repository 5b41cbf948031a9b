package dev.sluice.port;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

/** Where API keys are kept. {@code store} implements it, {@code secret} uses it. Thread-safe; nothing is ever deleted. */
public interface KeyRecords {
    /** Every key, revoked and expired ones included, oldest first. */
    Future<List<KeyRecord>> all();

    /** Keeps a new key. Fails when its id is taken. */
    Future<Void> add(KeyRecord key);

    /**
     * Revokes a key.
     *
     * @return false when there is no such key, or it was revoked before
     */
    Future<Boolean> revoke(String id, long atMillis);

    /** Notes when keys were last used; a time older than the known one changes nothing, unknown ids are ignored. */
    Future<Void> used(Map<String, Long> lastUsedAtMillis);
}
