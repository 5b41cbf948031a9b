package dev.sluice.store;

import dev.sluice.port.ProxyHistory;
import java.util.List;

/**
 * What happened to proxies, on its way into their histories together with the states that came of it.
 *
 * @param writer who writes, 1..64 characters, another one after each start
 * @param number grows from batch to batch of a writer, which has one under way at a time; a batch whose number is not above the last one stored was stored
 *     before and changes nothing
 * @param events in the order they happened, at most 20,000
 */
public record CheckBatch(String writer, long number, List<Noted> events) {
    public CheckBatch {
        events = List.copyOf(events);
    }

    /** An event of a proxy. */
    public record Noted(long proxyId, ProxyHistory.Event event) {}
}
