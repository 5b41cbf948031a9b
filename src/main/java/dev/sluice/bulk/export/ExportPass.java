package dev.sluice.bulk.export;

import dev.sluice.export.ExportCounts;
import dev.sluice.export.ExportEntry;
import dev.sluice.export.ExportOptions;
import dev.sluice.export.ExportWriter;
import dev.sluice.export.LeftOut;
import dev.sluice.pool.Filter;
import dev.sluice.pool.PooledProxy;
import dev.sluice.pool.Reputation;
import dev.sluice.port.Exports.Order;
import dev.sluice.port.Exports.Progress;
import dev.sluice.port.Exports.Scope;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Verified;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.StoreStats;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One pass over what is stored into one export: pages by number, each written before the next is read. Formats that hold a
 * few entries are given the fastest, which are known at the end only. One step at a time.
 */
final class ExportPass {
    /** Entries read at once; between pages it can be stopped. */
    static final int PAGE = 1_000;

    private final Context context;
    private final WorkerExecutor worker;
    private final ProxyStore store;
    private final Order order;
    private final Filter filter;
    private final boolean connectOnly;
    private final long nowMillis;
    private final Sink sink;
    private final Waypoint waypoint;
    private final ExportWriter writer;
    private final @Nullable Fastest fastest;
    private final Promise<Progress> ended = Promise.promise();
    private long afterId;
    private long read;
    private long total = -1;
    private boolean begun;

    /** Where bytes go. Called on the worker. */
    interface Sink {
        /** Appends. */
        void write(byte[] bytes) throws IOException;

        /** How many there are. */
        long bytes();
    }

    /** Is told after each page, and holds the pass up until its future completes; ends it where that fails. */
    @FunctionalInterface
    interface Waypoint {
        Future<Void> reached(long afterId, Progress progress);
    }

    /**
     * A pass from the beginning.
     *
     * @param connectOnly whether what was verified by a connect alone counts as alive
     * @param nowMillis when ages are taken
     */
    ExportPass(
            Vertx vertx,
            WorkerExecutor worker,
            ProxyStore store,
            Order order,
            boolean connectOnly,
            long nowMillis,
            Sink sink,
            Waypoint waypoint) {
        this.context = vertx.getOrCreateContext();
        this.worker = worker;
        this.store = store;
        this.order = order;
        this.filter = Filter.parse(order.filters());
        this.connectOnly = connectOnly;
        this.nowMillis = nowMillis;
        this.sink = sink;
        this.waypoint = waypoint;
        this.writer = order.format().writer(new ExportOptions(order.credentials(), filter.kind()));
        int most = order.format().most();
        this.fastest = most == 0 ? null : new Fastest(most);
    }

    /** Whether a pass can go on where another one ended. */
    static boolean canResume(Order order) {
        return order.format().most() == 0;
    }

    /** Goes on where another pass ended; to be called before {@link #run}. */
    void resume(long from, Progress progress) {
        writer.resume(progress.counts());
        afterId = from;
        read = progress.read();
        total = progress.total();
        begun = true;
    }

    /** @return how it ended; fails with what the store, the sink or the waypoint failed with */
    Future<Progress> run() {
        Future<Long> counted =
                total >= 0 ? Future.succeededFuture(total) : store.stats().map(this::countOf);
        counted.onSuccess(count -> {
                    total = count;
                    context.runOnContext(start -> next());
                })
                .onFailure(ended::tryFail);
        return ended.future();
    }

    private long countOf(StoreStats stats) {
        return order.scope() == Scope.ALL ? stats.total() : stats.alive();
    }

    private void next() {
        page().compose(page -> worker.executeBlocking(() -> take(page), true)
                        .compose(progress -> waypoint.reached(afterId, progress))
                        .map(passed -> page.size() < PAGE))
                .onSuccess(last -> {
                    if (last) {
                        worker.executeBlocking(this::end, true).onComplete(ended);
                    } else {
                        // Not from within: pages that come at once would pile up on the stack.
                        context.runOnContext(again -> next());
                    }
                })
                .onFailure(ended::tryFail);
    }

    private Future<List<StoredProxy>> page() {
        return order.scope() == Scope.ALL ? store.page(afterId, PAGE) : store.alive(afterId, PAGE);
    }

    private Progress take(List<StoredProxy> page) throws IOException {
        StringBuilder out = new StringBuilder();
        if (!begun) {
            begun = true;
            writer.begin(out);
        }
        for (StoredProxy stored : page) {
            if (isWanted(stored)) {
                take(ExportEntry.of(stored, Reputation.of(stored.health()), nowMillis), out);
            }
        }
        if (!page.isEmpty()) {
            afterId = page.get(page.size() - 1).id();
            read += page.size();
        }
        return flush(out);
    }

    private boolean isWanted(StoredProxy stored) {
        boolean inScope = order.scope() == Scope.ALL
                || (PooledProxy.servable(stored.health())
                        && (connectOnly || stored.health().verified() == Verified.FULL));
        return inScope && filter.accepts(stored, nowMillis);
    }

    private void take(ExportEntry entry, StringBuilder out) {
        if (fastest == null) {
            writer.add(entry, out);
            return;
        }
        LeftOut reason = writer.refusal(entry);
        if (reason != null) {
            writer.leave(reason);
        } else if (fastest.offer(entry) != null) {
            writer.leave(LeftOut.LIMIT);
        }
    }

    private Progress end() throws IOException {
        StringBuilder out = new StringBuilder();
        if (fastest != null) {
            for (ExportEntry entry : fastest.sorted()) {
                writer.add(entry, out);
            }
        }
        writer.end(out);
        return flush(out);
    }

    private Progress flush(StringBuilder out) throws IOException {
        if (!out.isEmpty()) {
            sink.write(out.toString().getBytes(StandardCharsets.UTF_8));
        }
        ExportCounts counts = writer.counts();
        return new Progress(read, Math.max(read, total), sink.bytes(), counts);
    }
}
