package dev.sluice.api;

import dev.sluice.pool.Served;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Writes entries as text or JSON: few at once, many in parts as fast as the client reads them. */
final class ProxyStream {
    /** Entries that are written without asking whether the client keeps up. */
    static final int PART = 256;

    private final Exchange exchange;
    private final Supplier<@Nullable Served> proxies;
    private final boolean json;
    private final boolean stale;
    private boolean begun;
    private boolean ended;
    private @Nullable Served next;

    /**
     * A stream.
     *
     * @param first the first entry
     * @param more the others one after the other, then null
     * @param stale whether they are the last that worked rather than such that work
     */
    ProxyStream(Exchange exchange, Served first, Supplier<@Nullable Served> more, boolean json, boolean stale) {
        this.exchange = exchange;
        this.next = first;
        this.proxies = more;
        this.json = json;
        this.stale = stale;
    }

    void write() {
        String type = json ? Exchange.JSON : Exchange.TEXT;
        Buffer body = Buffer.buffer();
        append(body);
        if (!ended && !exchange.canStream()) {
            while (!ended) {
                append(body);
            }
        }
        if (ended) {
            exchange.send(200, type, body);
            return;
        }
        HttpServerResponse response = exchange.stream(200, type);
        response.write(body);
        goOn(response);
    }

    private void goOn(HttpServerResponse response) {
        while (!ended) {
            if (response.closed()) {
                return;
            }
            if (response.writeQueueFull()) {
                response.drainHandler(drained -> goOn(response));
                return;
            }
            Buffer part = Buffer.buffer();
            append(part);
            response.write(part);
        }
        exchange.streamed();
    }

    private void append(Buffer body) {
        boolean first = !begun;
        if (first && json) {
            body.appendString(stale ? "{\"stale\":true,\"proxies\":[" : "{\"proxies\":[");
        }
        begun = true;
        for (int i = 0; i < PART && next != null; i++) {
            if (json) {
                if (!first) {
                    body.appendByte((byte) ',');
                }
                body.appendBuffer(
                        ProxyForm.json(next, exchange.maySeeCredentials()).toBuffer());
            } else {
                body.appendString(ProxyForm.url(next, exchange.maySeeCredentials()))
                        .appendByte((byte) '\n');
            }
            first = false;
            next = proxies.get();
        }
        ended = next == null;
        if (json && ended) {
            body.appendString("]}");
        }
    }
}
