package dev.sluice.api;

import dev.sluice.port.Overrides;
import dev.sluice.port.ProxyLookup;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.StoredProxy;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Orders in memory: what is looked up afterwards has them. */
final class ObeyedOverrides implements Overrides, ProxyLookup {
    private final ProxyLookup lookup;
    final Map<Long, ManualOverride> orders = new ConcurrentHashMap<>();
    volatile @Nullable RuntimeException failure;

    /** Orders for what {@code lookup} finds. */
    ObeyedOverrides(ProxyLookup lookup) {
        this.lookup = lookup;
    }

    @Override
    public Future<List<StoredProxy>> get(List<Long> ids) {
        return lookup.get(ids)
                .map(found -> found.stream()
                        .map(stored -> {
                            ManualOverride order = orders.get(stored.id());
                            return order == null ? stored : stored.with(stored.health(), order);
                        })
                        .toList());
    }

    @Override
    public Future<Optional<StoredProxy>> override(long id, @Nullable ManualOverride override) {
        RuntimeException fails = failure;
        if (fails != null) {
            return Future.failedFuture(fails);
        }
        return lookup.get(List.of(id)).compose(found -> {
            if (found.isEmpty()) {
                return Future.succeededFuture(Optional.empty());
            }
            if (override == null) {
                orders.remove(id);
            } else {
                orders.put(id, override);
            }
            return get(List.of(id)).map(ordered -> Optional.of(ordered.get(0)));
        });
    }
}
