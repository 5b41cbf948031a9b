package dev.sluice.api;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayDeque;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads bodies that have a largest size and a deadline. All bodies of an event loop share one timer, which runs only while
 * there are some. Confined to that loop.
 */
final class BodyReader {
    private final Vertx vertx;
    private final LongSupplier mostBytes;
    private final long deadlineMillis;
    /** In the order of their deadlines; those that ended stay until they are first. */
    private final ArrayDeque<Reading> open = new ArrayDeque<>();

    private boolean watching;

    /** @param mostBytes largest body at the moment, asked for each */
    BodyReader(Vertx vertx, LongSupplier mostBytes, long deadlineMillis) {
        this.vertx = vertx;
        this.mostBytes = mostBytes;
        this.deadlineMillis = deadlineMillis;
    }

    /** A body on its way. */
    private static final class Reading {
        final Promise<Buffer> read = Promise.promise();
        final long deadlineNanos;
        /** The only part so far, which is not ours to change; or, once grown, all parts. */
        private @Nullable Buffer body;

        private boolean grown;
        private boolean ended;

        Reading(long deadlineNanos) {
            this.deadlineNanos = deadlineNanos;
        }

        void take(Buffer part, long maxBytes) {
            if (ended) {
                return;
            }
            if ((body == null ? 0L : body.length()) + part.length() > maxBytes) {
                fail(Problems.bodyTooLarge(maxBytes));
            } else if (body == null) {
                body = part;
            } else {
                if (!grown) {
                    grown = true;
                    body = Buffer.buffer(2 * (body.length() + part.length())).appendBuffer(body);
                }
                body.appendBuffer(part);
            }
        }

        void end() {
            if (!ended) {
                ended = true;
                read.complete(body == null ? Buffer.buffer(0) : body);
            }
        }

        void fail(Problem problem) {
            if (!ended) {
                ended = true;
                body = null;
                read.fail(new Refused(problem));
            }
        }
    }

    /**
     * Reads the body. To be called before the request handler returns.
     *
     * @return fails with {@link Refused} when the body is too large or too slow, or breaks off
     */
    Future<Buffer> read(Exchange exchange) {
        HttpServerRequest request = exchange.request();
        long maxBytes = mostBytes.getAsLong();
        if (announced(request) > maxBytes) {
            return Future.failedFuture(new Refused(Problems.bodyTooLarge(maxBytes)));
        }
        exchange.awaitBody();
        Reading reading = new Reading(System.nanoTime() + deadlineMillis * 1_000_000);
        watch(reading);
        request.handler(part -> reading.take(part, maxBytes));
        // The client left, or its chunks are none: its fault either way.
        request.exceptionHandler(failure -> reading.fail(Problems.bodyBroken()));
        request.endHandler(end -> {
            reading.end();
            drop();
        });
        return reading.read.future();
    }

    private void watch(Reading reading) {
        open.add(reading);
        if (!watching) {
            watching = true;
            vertx.setTimer(deadlineMillis, id -> expire());
        }
    }

    private void drop() {
        while (!open.isEmpty() && open.getFirst().ended) {
            open.removeFirst();
        }
    }

    private void expire() {
        long now = System.nanoTime();
        while (!open.isEmpty() && (open.getFirst().ended || open.getFirst().deadlineNanos <= now)) {
            open.removeFirst().fail(Problems.bodyTooSlow(deadlineMillis));
        }
        watching = !open.isEmpty();
        if (watching) {
            long left = (open.getFirst().deadlineNanos - now) / 1_000_000 + 1;
            vertx.setTimer(left, id -> expire());
        }
    }

    private static long announced(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? 0 : Long.parseLong(length);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }
}
