package dev.sluice.api;

import dev.sluice.pool.Pool;
import dev.sluice.pool.PooledProxy;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;

/** Writes entries as text or JSON: few at once, many in parts as fast as the client reads them. */
final class ProxyStream {
    /** Entries that are written without asking whether the client keeps up. */
    static final int PART = 256;

    private final Pool pool;
    private final Exchange exchange;
    private final List<PooledProxy> proxies;
    private final boolean json;
    private int next;

    ProxyStream(Pool pool, Exchange exchange, List<PooledProxy> proxies, boolean json) {
        this.pool = pool;
        this.exchange = exchange;
        this.proxies = proxies;
        this.json = json;
    }

    void write() {
        String type = json ? Exchange.JSON : Exchange.TEXT;
        if (proxies.size() <= PART || !exchange.canStream()) {
            Buffer body = Buffer.buffer();
            append(body, proxies.size());
            exchange.send(200, type, body);
        } else {
            goOn(exchange.stream(200, type));
        }
    }

    private void goOn(HttpServerResponse response) {
        while (next < proxies.size()) {
            if (response.closed()) {
                return;
            }
            if (response.writeQueueFull()) {
                response.drainHandler(drained -> goOn(response));
                return;
            }
            Buffer part = Buffer.buffer();
            append(part, Math.min(proxies.size(), next + PART));
            response.write(part);
        }
        exchange.streamed();
    }

    private void append(Buffer body, int end) {
        if (json && next == 0) {
            body.appendString("{\"proxies\":[");
        }
        for (; next < end; next++) {
            PooledProxy proxy = proxies.get(next);
            if (json) {
                if (next > 0) {
                    body.appendByte((byte) ',');
                }
                body.appendBuffer(ProxyForm.json(proxy, pool.reputation(proxy), exchange.maySeeCredentials())
                        .toBuffer());
            } else {
                body.appendString(ProxyForm.url(proxy, exchange.maySeeCredentials()))
                        .appendByte((byte) '\n');
            }
        }
        if (json && next == proxies.size()) {
            body.appendString("]}");
        }
    }
}
