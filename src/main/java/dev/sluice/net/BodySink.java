package dev.sluice.net;

import io.vertx.core.Future;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Takes a body piece by piece, on the context of the request. */
public interface BodySink {
    /**
     * Before the first piece of a successful answer.
     *
     * @param contentType media type in lower case without parameters; null when the server named none
     * @throws IOException refuses the body
     */
    default void begin(@Nullable String contentType) throws IOException {}

    /**
     * The next piece. The next one comes when the future has succeeded; until then the connection is not read.
     *
     * @param bytes left alone until then; used again afterwards
     * @return a failure ends the request with it
     */
    Future<Void> accept(byte[] bytes, int offset, int length);
}
