package dev.sluice.net;

import dev.sluice.parse.AddressPolicy;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.TrustOptions;
import java.net.URI;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * HTTP and HTTPS GET that can't be led astray: every name is resolved once, every answer is checked, and exactly a checked
 * address is connected to, redirects included. Bodies are streamed within bounds of time and bytes. A connection a
 * request. Thread-safe; everything about a request happens on the context that made it.
 *
 * <ul>
 *   <li>http and https only; from https no redirect leads to http; at most {@value GuardedGet#MAX_REDIRECTS} redirects.
 *   <li>The operator's headers go to the origin of the first address only.
 *   <li>gzip and deflate are unpacked; beyond the first MiB no more than a hundredfold.
 * </ul>
 */
public final class GuardedHttp {
    /** Set by the fetcher itself; wrong values would break the framing or the rules above. */
    private static final Set<String> RESERVED_HEADERS = Set.of(
            "host",
            "connection",
            "content-length",
            "transfer-encoding",
            "te",
            "trailer",
            "upgrade",
            "expect",
            "accept-encoding",
            "range",
            "if-none-match",
            "if-modified-since",
            "proxy-authorization");

    private static final int MAX_HEADER_BYTES = 32 * 1024;
    private static final int MAX_WAITING = 1_024;
    private static final int CONNECTIONS_PER_HOST = 16;
    private static final int KEEP_ALIVE_SECONDS = 5;

    private final VertxInternal vertx;
    private final GuardedResolver resolver;
    private final HttpClientAgent client;

    /**
     * @param resolver for host names
     * @param policy what may be dialled
     */
    public GuardedHttp(Vertx vertx, Resolver resolver, AddressPolicy policy) {
        this(vertx, resolver, policy, null);
    }

    /**
     * With authorities of its own.
     *
     * @param trust certificates to trust instead of the machine's; null for those
     */
    public GuardedHttp(Vertx vertx, Resolver resolver, AddressPolicy policy, @Nullable TrustOptions trust) {
        this.vertx = (VertxInternal) vertx;
        this.resolver = new GuardedResolver(resolver, policy);
        HttpClientOptions options = new HttpClientOptions()
                // A connection that is closed behind the body loses what a paused reader has not taken yet.
                .setKeepAlive(true)
                .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                .setDecompressionSupported(false)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setMaxRedirects(0);
        if (trust != null) {
            options.setTrustOptions(trust);
        }
        this.client = vertx.httpClientBuilder()
                .with(options)
                .with(new PoolOptions().setHttp1MaxSize(CONNECTIONS_PER_HOST).setMaxWaitQueueSize(MAX_WAITING))
                .build();
    }

    /**
     * Fetches.
     *
     * @return when the body has been taken whole, or was not modified; fails with {@link HttpFetchException}, or with
     *     whatever {@code sink} failed with
     */
    public Future<HttpFetched> get(HttpFetch fetch, BodySink sink) {
        return get(fetch, sink, Future.future(never -> {}));
    }

    /**
     * Fetches, unless that is no longer wanted.
     *
     * @param abandoned ends the request once it succeeds
     * @return as {@link #get(HttpFetch, BodySink)}
     */
    public Future<HttpFetched> get(HttpFetch fetch, BodySink sink, Future<Void> abandoned) {
        for (String name : fetch.headers().keySet()) {
            if (RESERVED_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
                return Future.failedFuture(new HttpFetchException(
                        HttpFetchException.Kind.REFUSED,
                        "headers: " + name + " (expected: none that the fetcher sets)"));
            }
        }
        ContextInternal context = vertx.getOrCreateContext();
        Promise<HttpFetched> promise = context.promise();
        GuardedGet get = new GuardedGet(context, client, resolver, fetch, sink, promise);
        context.runOnContext(v -> get.start());
        abandoned.onSuccess(v -> context.runOnContext(w -> get.abandon()));
        return promise.future();
    }

    /**
     * Why this address would be refused, as far as that can be told without asking anybody: its form, and where it names
     * an IP address, that.
     *
     * @return null when it would not
     */
    public @Nullable String refusal(URI url) {
        String form = GuardedGet.refusal(url);
        return form == null ? resolver.refusal(GuardedGet.unbracketed(url.getHost())) : form;
    }

    /** Closes connections; requests under way fail. */
    public Future<Void> close() {
        return client.close();
    }
}
