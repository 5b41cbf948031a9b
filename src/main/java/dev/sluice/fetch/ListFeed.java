package dev.sluice.fetch;

import dev.sluice.net.BodySink;
import dev.sluice.parse.ListParser;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Feeds a body to a parser on a worker, and what it found to the outlet; asks for the next piece when there is room.
 * Confined to one event loop.
 */
final class ListFeed implements BodySink {
    private static final Set<String> NO_LISTS =
            Set.of("application/pdf", "application/zip", "application/x-7z-compressed", "application/wasm");

    private final WorkerExecutor worker;
    private final ListParser parser;
    private final PageEnvelope envelope;
    private final boolean paged;
    private final Collector collector;
    private final Outlet outlet;
    private Future<Void> parsing = Future.succeededFuture();

    ListFeed(
            WorkerExecutor worker,
            ListParser parser,
            PageEnvelope envelope,
            boolean paged,
            Collector collector,
            Outlet outlet) {
        this.worker = worker;
        this.parser = parser;
        this.envelope = envelope;
        this.paged = paged;
        this.collector = collector;
        this.outlet = outlet;
    }

    @Override
    public void begin(@Nullable String contentType) throws IOException {
        if (contentType == null) {
            return;
        }
        boolean media = contentType.startsWith("image/")
                || contentType.startsWith("audio/")
                || contentType.startsWith("video/")
                || contentType.startsWith("font/");
        if (media || NO_LISTS.contains(contentType)) {
            throw new IOException("content-type: " + contentType + " (expected: a list)");
        }
    }

    @Override
    public Future<Void> accept(byte[] bytes, int offset, int length) {
        return parse(() -> {
            parser.feed(bytes, offset, length);
            if (paged) {
                envelope.feed(bytes, offset, length);
            }
        });
    }

    /** The body is complete. */
    Future<Void> end() {
        return parse(parser::end);
    }

    /** When the worker has let go of the collector; never fails. */
    Future<Void> settled() {
        return parsing.otherwiseEmpty();
    }

    private Future<Void> parse(Runnable step) {
        parsing = worker.executeBlocking(
                () -> {
                    step.run();
                    return null;
                },
                false);
        return parsing.compose(v -> {
            if (collector.overflow()) {
                return Future.failedFuture(
                        new IOException("more than " + Collector.MAX_ENTRIES + " entries in one fetch"));
            }
            return outlet.send(collector.takeFull());
        });
    }
}
