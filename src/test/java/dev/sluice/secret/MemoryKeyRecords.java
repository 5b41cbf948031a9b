package dev.sluice.secret;

import dev.sluice.port.KeyRecord;
import dev.sluice.port.KeyRecords;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keys in memory; can be made to fail, and shared by several {@link ApiKeys} as instances share a database. */
public final class MemoryKeyRecords implements KeyRecords {
    private final Map<String, KeyRecord> records = new LinkedHashMap<>();
    private final List<Map<String, Long>> uses = new ArrayList<>();
    private @Nullable Throwable failure;

    /** Makes everything fail from now on; null for no longer. */
    public synchronized void fail(@Nullable Throwable with) {
        failure = with;
    }

    /** Batches of times of last use, in the order they were written. */
    public synchronized List<Map<String, Long>> uses() {
        return List.copyOf(uses);
    }

    @Override
    public synchronized Future<List<KeyRecord>> all() {
        return failure != null ? Future.failedFuture(failure) : Future.succeededFuture(List.copyOf(records.values()));
    }

    @Override
    public synchronized Future<Void> add(KeyRecord key) {
        if (failure != null) {
            return Future.failedFuture(failure);
        }
        return records.putIfAbsent(key.id(), key) == null
                ? Future.succeededFuture()
                : Future.failedFuture(new IllegalStateException(key.id() + " is taken"));
    }

    @Override
    public synchronized Future<Boolean> revoke(String id, long atMillis) {
        if (failure != null) {
            return Future.failedFuture(failure);
        }
        KeyRecord known = records.get(id);
        if (known == null || known.revokedAtMillis() != 0) {
            return Future.succeededFuture(false);
        }
        records.put(id, changed(known, atMillis, known.lastUsedAtMillis()));
        return Future.succeededFuture(true);
    }

    @Override
    public synchronized Future<Void> used(Map<String, Long> lastUsedAtMillis) {
        if (failure != null) {
            return Future.failedFuture(failure);
        }
        uses.add(Map.copyOf(lastUsedAtMillis));
        lastUsedAtMillis.forEach((id, at) -> records.computeIfPresent(
                id, (key, known) -> changed(known, known.revokedAtMillis(), Math.max(at, known.lastUsedAtMillis()))));
        return Future.succeededFuture();
    }

    private static KeyRecord changed(KeyRecord of, long revokedAtMillis, long lastUsedAtMillis) {
        return new KeyRecord(
                of.id(),
                of.label(),
                of.roles(),
                of.credentials(),
                of.hash(),
                of.pepperId(),
                of.requestsPerSecond(),
                of.createdAtMillis(),
                of.expiresAtMillis(),
                revokedAtMillis,
                lastUsedAtMillis);
    }
}
