package dev.sluice.net;

import dev.sluice.parse.AddressPolicy;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.PromiseInternal;
import io.vertx.core.internal.VertxInternal;
import org.jspecify.annotations.Nullable;

/**
 * Requests through proxies, each on a connection of its own. Thread-safe; work is spread over the event loops, results
 * arrive on the caller's context. Futures never fail: how an exchange ended is an {@link Exchange}.
 */
public final class ProxyClient {
    private final VertxInternal vertx;
    private final Dialer dialer;
    private final TlsContexts tls = new TlsContexts();
    private final Deadlines deadlines;
    private final int maxAnswerBytes;

    /**
     * A client on the event loops of {@code vertx}; {@link #close()} it.
     *
     * @param resolver for proxies that are host names
     * @param policy which addresses may be dialled
     * @param deadlines for each exchange
     * @param maxAnswerBytes longest body
     */
    public ProxyClient(Vertx vertx, Resolver resolver, AddressPolicy policy, Deadlines deadlines, int maxAnswerBytes) {
        this.vertx = (VertxInternal) vertx;
        this.dialer = new Dialer(vertx, resolver, policy, deadlines.connect());
        this.deadlines = deadlines;
        this.maxAnswerBytes = maxAnswerBytes;
    }

    /** Opens a TCP connection to {@code proxy} and closes it: {@link Exchange.Connected} or {@link Exchange.Failed}. */
    public Future<Exchange> connect(ProxyKey proxy) {
        return run(new Route(proxy.scheme() == Scheme.UNKNOWN ? proxy.withScheme(Scheme.HTTP) : proxy, false), null);
    }

    /** Sends {@code request} by {@code route}: {@link Exchange.Reached} or {@link Exchange.Failed}. */
    public Future<Exchange> exchange(Route route, Request request) {
        return run(route, request);
    }

    private Future<Exchange> run(Route route, @Nullable Request request) {
        PromiseInternal<Exchange> promise = vertx.getOrCreateContext().promise();
        new Attempt(dialer, tls, deadlines, maxAnswerBytes, route, request, promise).start();
        return promise.future();
    }

    /** How many connections are open or opening. */
    public int open() {
        return dialer.open();
    }

    /**
     * Ends every exchange, with {@code LOCAL} as its reason.
     *
     * @return completes when every connection is closed; fails after five seconds
     */
    public Future<Void> close() {
        return dialer.close();
    }
}
