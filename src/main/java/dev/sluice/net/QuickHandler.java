package dev.sluice.net;

/** Answers requests before they reach Vert.x's own request objects. Confined to the event loop of its connections. */
public interface QuickHandler {
    /** Longest body that is looked at, in bytes. */
    int MOST_BODY = 16_384;

    /**
     * Answers a request without body at once, or leaves it alone. When it throws, the request goes its usual way.
     *
     * @param head of a valid HTTP/1.1 GET or HEAD request whose connection stays open afterwards; not to be kept
     * @param answer takes the whole answer, from the status line to the end of the body, with its Content-Length; empty at
     *     first, not to be kept. To a HEAD request only the head of it is sent.
     * @return false to let the request go its usual way; {@code answer} is then not looked at
     */
    boolean answer(RequestHead head, AnswerBytes answer);

    /**
     * Whether {@link #answer(RequestHead, byte[], AnswerBytes)} should be asked about a POST once its body is there; asked for
     * bodies of at most {@value #MOST_BODY} bytes that announce their length.
     */
    default boolean wantsBody(RequestHead head) {
        return false;
    }

    /**
     * Answers a request whose body came together with its head, or leaves it alone.
     *
     * @param head as above
     * @param body all of it
     * @param answer as above
     * @return false to let the request go its usual way, as if it had not been asked
     */
    default boolean answer(RequestHead head, byte[] body, AnswerBytes answer) {
        return false;
    }
}
