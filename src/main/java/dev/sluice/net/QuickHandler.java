package dev.sluice.net;

/** Answers requests before they reach Vert.x's own request objects. Confined to the event loop of its connections. */
public interface QuickHandler {
    /**
     * Answers a request without body at once, or leaves it alone.
     *
     * @param head of a valid HTTP/1.1 request whose connection stays open afterwards
     * @param answer takes the whole answer, from the status line to the end of the body; empty at first
     * @return false to let the request go its usual way; {@code answer} is then not looked at
     */
    boolean answer(RequestHead head, AnswerBytes answer);
}
