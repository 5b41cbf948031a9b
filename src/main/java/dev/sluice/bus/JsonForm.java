package dev.sluice.bus;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * The JSON form of a channel's messages.
 *
 * @param <Q> what is sent
 * @param <R> what is answered
 */
interface JsonForm<Q, R> {
    /** The message as JSON; null when this message is not for extensions. */
    @Nullable
    JsonObject encode(Q message);

    /**
     * The message in {@code json}.
     *
     * @throws IllegalArgumentException naming the field, its value and what was expected
     */
    Q decode(JsonObject json);

    /** The answer as JSON. */
    JsonObject encodeReply(R reply);
}
