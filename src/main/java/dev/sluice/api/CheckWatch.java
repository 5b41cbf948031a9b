package dev.sluice.api;

import dev.sluice.port.ProxyLookup;
import dev.sluice.proxy.StoredProxy;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Waits until the store holds another version of a proxy: every outcome makes one, whether it says something new or not, and
 * whichever instance found it. All who wait are asked for together, a few times a second. Confined to one event loop.
 */
final class CheckWatch {
    /** More are answered at once that it is not known yet. */
    static final int MOST_WAITING = 200;

    private static final long PAUSE_MILLIS = 200;

    private final Vertx vertx;
    private final ProxyLookup lookup;
    private final List<Waiting> all = new ArrayList<>();
    private boolean asking;

    private record Waiting(long id, int version, Promise<Optional<StoredProxy>> promise) {}

    CheckWatch(Vertx vertx, ProxyLookup lookup) {
        this.vertx = vertx;
        this.lookup = lookup;
    }

    /** @return the next version; empty when there was none for so long, or too many wait. Never fails. */
    Future<Optional<StoredProxy>> changed(StoredProxy before, long waitMillis) {
        if (all.size() >= MOST_WAITING) {
            return Future.succeededFuture(Optional.empty());
        }
        Waiting waiting = new Waiting(before.id(), before.health().version(), Promise.promise());
        all.add(waiting);
        long deadline = vertx.setTimer(waitMillis, id -> waiting.promise().tryComplete(Optional.empty()));
        if (!asking) {
            asking = true;
            pause();
        }
        return waiting.promise().future().onComplete(done -> {
            vertx.cancelTimer(deadline);
            all.remove(waiting);
        });
    }

    private void pause() {
        vertx.setTimer(PAUSE_MILLIS, id -> ask());
    }

    private void ask() {
        if (all.isEmpty()) {
            asking = false;
            return;
        }
        var context = vertx.getOrCreateContext();
        List<Long> ids = all.stream().map(Waiting::id).distinct().toList();
        // While the store does not answer nothing is known; deadlines end the waiting.
        lookup.get(ids)
                .otherwise(List.of())
                .onComplete(found -> context.runOnContext(here -> {
                    for (Waiting waiting : List.copyOf(all)) {
                        for (StoredProxy stored : found.result()) {
                            if (stored.id() == waiting.id() && stored.health().version() != waiting.version()) {
                                waiting.promise().tryComplete(Optional.of(stored));
                            }
                        }
                    }
                    pause();
                }));
    }
}
