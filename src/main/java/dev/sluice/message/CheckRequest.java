package dev.sluice.message;

import java.util.List;

/**
 * Work for the checker. The sender has credit for it.
 *
 * @param proxies 1..{@value #MAX_BATCH}, no id twice
 */
public record CheckRequest(List<DueProxy> proxies) {
    /** Most proxies in a batch. */
    public static final int MAX_BATCH = 1_000;

    public CheckRequest {
        proxies = List.copyOf(proxies);
        if (proxies.isEmpty() || proxies.size() > MAX_BATCH) {
            throw new IllegalArgumentException("proxies: " + proxies.size() + " (expected: 1.." + MAX_BATCH + ")");
        }
    }
}
