package dev.sluice.port;

import io.vertx.core.Future;

/** The history of single proxies. {@code store} answers, {@code api} asks. Thread-safe. */
@FunctionalInterface
public interface CheckHistory {
    /**
     * What is remembered of a proxy; empty when nothing is, also where there is no such proxy.
     *
     * @param sinceMillis checks, days and moves since then
     * @param limit most single checks, and most moves, 1..10000
     * @return fails when the database does not answer
     */
    Future<ProxyHistory> of(long id, long sinceMillis, int limit);
}
