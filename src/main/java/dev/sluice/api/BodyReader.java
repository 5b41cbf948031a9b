package dev.sluice.api;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** Reads bodies that have a largest size and a deadline. */
final class BodyReader {
    private final long maxBytes;
    private final long deadlineMillis;

    BodyReader(long maxBytes, long deadlineMillis) {
        this.maxBytes = maxBytes;
        this.deadlineMillis = deadlineMillis;
    }

    /**
     * Reads the body. To be called before the request handler returns.
     *
     * @return fails with {@link Refused} when the body is too large or too slow, or breaks off
     */
    Future<Buffer> read(Exchange exchange) {
        HttpServerRequest request = exchange.request();
        if (announced(request) > maxBytes) {
            return Future.failedFuture(new Refused(Problems.bodyTooLarge(maxBytes)));
        }
        Promise<Buffer> read = Promise.promise();
        Buffer body = Buffer.buffer();
        long timer = exchange.vertx()
                .setTimer(deadlineMillis, id -> read.tryFail(new Refused(Problems.bodyTooSlow(deadlineMillis))));
        request.handler(part -> {
            if (read.future().isComplete()) {
                return;
            }
            if (body.length() + part.length() > maxBytes) {
                read.tryFail(new Refused(Problems.bodyTooLarge(maxBytes)));
            } else {
                body.appendBuffer(part);
            }
        });
        // The client left, or its chunks are none: its fault either way.
        request.exceptionHandler(failure -> read.tryFail(new Refused(Problems.bodyBroken())));
        request.endHandler(end -> read.tryComplete(body));
        return read.future().onComplete(done -> exchange.vertx().cancelTimer(timer));
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
