package dev.sluice.api;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Those who follow the feed through one instance of the API. Each reads the ring at its own pace; nothing is kept for it
 * besides. Whom the ring overtakes is told how much was missed, and who takes nothing for a minute is cut off. Confined to
 * one event loop, but for {@link #wake}.
 */
final class EventStreams {
    static final String TYPE = "text/event-stream";

    /** In how many milliseconds a client that was cut off comes back, unless it knows better. */
    static final long RETRY_MILLIS = 2_000;

    private static final int PAGE_BYTES = 32 * 1024;
    private static final long BEAT_MILLIS = 10_000;
    /** A client that takes nothing for so many beats is gone. */
    private static final int PATIENCE = 6;

    private final Vertx vertx;
    private final Context context;
    private final EventFeed feed;
    private final Set<Stream> open = new HashSet<>();
    private final AtomicBoolean woken = new AtomicBoolean();
    private final Runnable waking = this::wake;
    private long timer = -1;

    /** To be made on the event loop it belongs to. */
    EventStreams(Vertx vertx, EventFeed feed) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.feed = feed;
    }

    /**
     * Answers with events.
     *
     * @param types that are wanted; null for all
     * @param cursor after which event to begin; null for what happens from now on
     */
    void follow(Exchange exchange, @Nullable Set<String> types, EventRing.@Nullable Cursor cursor) {
        if (exchange.gone()) {
            return;
        }
        // nginx and its like would hold events back until a buffer is full.
        exchange.request().response().putHeader("X-Accel-Buffering", "no");
        boolean atOnce = feed.stopped() || feed.limits().lifetime().isZero();
        if (exchange.wantsHeadOnly() && !atOnce) {
            exchange.streamHead(200, TYPE);
            return;
        }
        EventRing ring = feed.ring();
        long position = ring.next();
        String gap = null;
        if (cursor != null && ring.knows(cursor)) {
            position = cursor.number() + 1;
        } else if (cursor != null) {
            gap = "other-process";
            position = ring.first();
        }
        if (atOnce || !exchange.canStream()) {
            Buffer text = begin(position);
            if (gap != null) {
                text.appendBuffer(gap(gap, null, position));
            }
            EventRing.Page page = ring.read(position, types, Integer.MAX_VALUE);
            if (page.missed() > 0) {
                text.appendBuffer(gap("too-old", page.missed(), page.from()));
            }
            exchange.send(200, TYPE, text.appendBuffer(page.text()));
            return;
        }
        if (!feed.enter()) {
            exchange.problem(Problems.tooManyFollowers(feed.limits().followers()));
            return;
        }
        Stream stream = new Stream(exchange, types, position);
        stream.write(begin(position));
        if (gap != null) {
            stream.write(gap(gap, null, position));
        }
        stream.pump("too-old");
    }

    /** When to come back, and where it begins, so that a client knows even if nothing ever happens. */
    private Buffer begin(long position) {
        return Buffer.buffer("retry: " + RETRY_MILLIS + "\nid: " + feed.ring().cursor(position - 1) + "\n\n");
    }

    private Buffer gap(String reason, @Nullable Long missed, long position) {
        JsonObject data = new JsonObject().put("reason", reason).put("missed", missed);
        return Buffer.buffer(
                "id: " + feed.ring().cursor(position - 1) + "\nevent: gap\ndata: " + data.encode() + "\n\n");
    }

    /** Something has happened. Any thread. */
    private void wake() {
        if (woken.compareAndSet(false, true)) {
            context.runOnContext(here -> {
                woken.set(false);
                for (Stream stream : List.copyOf(open)) {
                    stream.pump("too-slow");
                    if (feed.stopped()) {
                        stream.end();
                    }
                }
            });
        }
    }

    private void beat() {
        List.copyOf(open).forEach(Stream::beat);
    }

    /** One who follows. */
    private final class Stream {
        private final Exchange exchange;
        private final @Nullable Set<String> types;
        private final HttpServerResponse response;
        private final long ending;
        private long position;
        private long writtenNanos = System.nanoTime();
        private int stalled;
        private boolean ended;

        Stream(Exchange exchange, @Nullable Set<String> types, long position) {
            this.exchange = exchange;
            this.types = types;
            this.position = position;
            this.response = exchange.stream(200, TYPE);
            response.closeHandler(closed -> leave());
            response.exceptionHandler(failure -> leave());
            response.drainHandler(drained -> pump("too-slow"));
            if (open.isEmpty()) {
                feed.listen(waking);
                timer = vertx.setPeriodic(BEAT_MILLIS, id -> EventStreams.this.beat());
            }
            open.add(this);
            ending = vertx.setTimer(Math.max(1, feed.limits().lifetime().toMillis()), id -> end());
        }

        /**
         * Sends what there is while the client takes it.
         *
         * @param reason why something is missing, where something is
         */
        void pump(String reason) {
            while (!ended && !response.writeQueueFull()) {
                EventRing.Page page = feed.ring().read(position, types, PAGE_BYTES);
                if (page.missed() > 0) {
                    write(gap(reason, page.missed(), page.from()));
                }
                boolean nothingNew = page.next() == position;
                position = page.next();
                if (nothingNew) {
                    return;
                }
                if (page.text().length() > 0) {
                    write(page.text());
                }
            }
        }

        /** Keeps the connection from looking idle, tells how far it is, and gives up on a client that takes nothing. */
        void beat() {
            if (ended) {
                return;
            }
            if (response.writeQueueFull()) {
                if (++stalled >= PATIENCE) {
                    leave();
                    exchange.request().connection().close();
                }
                return;
            }
            stalled = 0;
            if (System.nanoTime() - writtenNanos >= BEAT_MILLIS * 1_000_000 / 2) {
                write(Buffer.buffer(": still there\nid: " + feed.ring().cursor(position - 1) + "\n\n"));
            }
        }

        void write(Buffer text) {
            writtenNanos = System.nanoTime();
            response.write(text).onFailure(gone -> leave());
        }

        void end() {
            if (!ended) {
                leave();
                exchange.streamed();
            }
        }

        private void leave() {
            if (ended) {
                return;
            }
            ended = true;
            vertx.cancelTimer(ending);
            feed.leave();
            open.remove(this);
            if (open.isEmpty()) {
                feed.hush(waking);
                vertx.cancelTimer(timer);
            }
        }
    }
}
