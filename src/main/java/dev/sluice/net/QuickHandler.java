package dev.sluice.net;

/** Answers requests before they reach Vert.x's own request objects. Confined to the event loop of its connections. */
public interface QuickHandler {
    /**
     * Answers a request without body at once, or leaves it alone. When it throws, the request goes its usual way.
     *
     * @param head of a valid HTTP/1.1 GET or HEAD request whose connection stays open afterwards; not to be kept
     * @param answer takes the whole answer, from the status line to the end of the body, with its Content-Length; empty at
     *     first, not to be kept. To a HEAD request only the head of it is sent.
     * @return false to let the request go its usual way; {@code answer} is then not looked at
     */
    boolean answer(RequestHead head, AnswerBytes answer);
}
