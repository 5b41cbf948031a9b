package dev.sluice.check;

import dev.sluice.net.Exchange;
import dev.sluice.net.Request;
import io.vertx.core.Future;

/** Sends a request without a proxy. */
@FunctionalInterface
interface Ask {
    /** How it ended. Never fails; completes on the caller's context. */
    Future<Exchange> ask(Request request);
}
