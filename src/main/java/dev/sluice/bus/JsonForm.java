package dev.sluice.bus;

import io.vertx.core.json.JsonObject;

/** The JSON form of a channel's messages, version {@value JsonBridge#VERSION}. Thread-safe. */
sealed interface JsonForm<Q> {
    /** What is published to extensions. */
    non-sealed interface Event<Q> extends JsonForm<Q> {
        /** The message as JSON; never with a password. */
        JsonObject encode(Q message);
    }

    /** What extensions ask for. */
    non-sealed interface Request<Q, R> extends JsonForm<Q> {
        /**
         * The message in {@code json}.
         *
         * @throws IllegalArgumentException naming the field, its value and what was expected
         */
        Q decode(JsonObject json);

        /** The answer as JSON. */
        JsonObject encodeReply(R reply);
    }
}
