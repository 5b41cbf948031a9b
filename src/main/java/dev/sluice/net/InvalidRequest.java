package dev.sluice.net;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.HttpServerRequest;

/** What was wrong with a request that the HTTP decoder refused. */
public final class InvalidRequest {
    private InvalidRequest() {}

    /** The status that fits: 414 for a long request line, 431 for long headers, 400 for anything else. */
    public static int status(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        if (cause instanceof TooLongHttpLineException) {
            return 414;
        }
        return cause instanceof TooLongHttpHeaderException ? 431 : 400;
    }
}
