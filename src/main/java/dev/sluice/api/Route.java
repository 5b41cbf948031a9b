package dev.sluice.api;

import dev.sluice.port.KeyRecord.Role;
import dev.sluice.telemetry.RequestTimer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One operation of the API.
 *
 * @param method GET (HEAD then works too), or one that changes something
 * @param template path, with {@code {name}} for a part that varies
 * @param role what a caller needs; null: it is answered without a key
 * @param summary one line for the index
 * @param handler answers the exchange, now or later; may throw {@link Refused} at once
 * @param timer times it
 */
record Route(
        String method,
        String template,
        @Nullable Role role,
        String summary,
        Consumer<Exchange> handler,
        RequestTimer timer) {
    /** Whether it is answered without a key. */
    boolean open() {
        return role == null;
    }
}
