package dev.sluice.api;

import dev.sluice.telemetry.RequestTimer;
import java.util.function.Consumer;

/**
 * One operation of the API.
 *
 * @param method GET (HEAD then works too), POST, PUT or DELETE
 * @param template path, with {@code {name}} for a part that varies
 * @param open whether it is answered without a key
 * @param summary one line for the index
 * @param handler answers the exchange, now or later; may throw {@link Refused} at once
 * @param timer times it
 */
record Route(
        String method, String template, boolean open, String summary, Consumer<Exchange> handler, RequestTimer timer) {}
