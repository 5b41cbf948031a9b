package dev.sluice.keep;

import dev.sluice.bus.Loop;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.ProxyStore;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * Asks the store what it says about single proxies, a few at a time, off the hot path. What does not fit, or fails, is
 * asked for again after the proxy's next check. Confined to its event loop.
 */
final class Lookups {
    private static final int AT_ONCE = 8;
    private static final int MOST_WAITING = 100_000;

    private final Loop loop;
    private final ProxyStore store;
    private final BiConsumer<Long, Optional<StoredProxy>> learnt;
    private final LinkedHashMap<Long, ProxyKey> waiting = new LinkedHashMap<>();
    private int underWay;

    /** {@code learnt} takes what the store says under a number. */
    Lookups(Loop loop, ProxyStore store, BiConsumer<Long, Optional<StoredProxy>> learnt) {
        this.loop = loop;
        this.store = store;
        this.learnt = learnt;
    }

    void ask(long id, ProxyKey key) {
        if (waiting.size() < MOST_WAITING) {
            waiting.put(id, key);
        }
        next();
    }

    private void next() {
        while (underWay < AT_ONCE && !waiting.isEmpty()) {
            Map.Entry<Long, ProxyKey> oldest = waiting.entrySet().iterator().next();
            long id = oldest.getKey();
            ProxyKey key = oldest.getValue();
            waiting.remove(id);
            underWay++;
            loop.answer(() -> store.find(key)).onComplete(result -> {
                underWay--;
                if (result.succeeded()) {
                    learnt.accept(id, result.result());
                }
                next();
            });
        }
    }

    void stop() {
        waiting.clear();
    }
}
