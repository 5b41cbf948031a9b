package dev.sluice.check;

import dev.sluice.net.Exchange;
import dev.sluice.net.ProxyClient;
import dev.sluice.net.Request;
import dev.sluice.net.Route;
import dev.sluice.proxy.FailureReason;
import io.vertx.core.Future;
import java.util.function.LongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests through proxies, repeated after a time-out or reset with pauses that double from {@value #FIRST_PAUSE_MILLIS}
 * ms up to {@value #LONGEST_PAUSE_MILLIS} ms: no longer, so that a stop need not wait for one. Thread-safe; futures never
 * fail and complete on the caller's context.
 */
final class Exchanges {
    private static final Logger LOG = LoggerFactory.getLogger(Exchanges.class);
    private static final long FIRST_PAUSE_MILLIS = 250;
    private static final long LONGEST_PAUSE_MILLIS = 2_000;

    private final ProxyClient client;
    private final int retries;
    private final LongFunction<Future<Void>> pause;

    /**
     * Requests by {@code client}.
     *
     * @param retries further attempts, 0 or more
     * @param pause completes after so many milliseconds, on the caller's context
     */
    Exchanges(ProxyClient client, int retries, LongFunction<Future<Void>> pause) {
        this.client = client;
        this.retries = retries;
        this.pause = pause;
    }

    /** Further attempts after a time-out or reset. */
    int retries() {
        return retries;
    }

    /** Whether another attempt may end otherwise. */
    static boolean mayPass(FailureReason reason) {
        return reason == FailureReason.TIMEOUT || reason == FailureReason.RESET;
    }

    /** {@code NONE} for an answer, whatever it says. */
    static FailureReason reason(Exchange exchange) {
        return exchange instanceof Exchange.Failed failed ? failed.reason() : FailureReason.NONE;
    }

    /** Waits before the attempt that follows {@code attempts} others, 1 or more. */
    Future<Void> pauseAfter(int attempts) {
        long millis = FIRST_PAUSE_MILLIS << Math.min(attempts - 1, 16);
        return pause.apply(Math.min(LONGEST_PAUSE_MILLIS, millis));
    }

    /** One attempt. */
    Future<Exchange> once(Route route, Request request) {
        return client.exchange(route, request).onSuccess(exchange -> {
            if (exchange instanceof Exchange.Failed failed) {
                LOG.atDebug()
                        .addKeyValue(
                                "proxy",
                                route.proxy() == null ? "none" : route.proxy().url())
                        .addKeyValue("reason", failed.reason())
                        .log(failed.detail());
            }
        });
    }

    /** As many attempts as allowed. The proxy sees the same request again: it is not its to know why. */
    Future<Exchange> patiently(Route route, Request request) {
        return attempt(route, request, 1);
    }

    private Future<Exchange> attempt(Route route, Request request, int number) {
        return once(route, request)
                .compose(exchange -> number > retries || !mayPass(reason(exchange))
                        ? Future.succeededFuture(exchange)
                        : pauseAfter(number).compose(waited -> attempt(route, request, number + 1)));
    }
}
