package dev.sluice.parse;

/**
 * Reads one list, fed in pieces cut anywhere. Confined to one thread. Never throws on content: whatever cannot be an entry
 * is rejected with a reason.
 */
public interface ListParser {
    /** The next piece. The array is not kept. */
    void feed(byte[] bytes, int offset, int length);

    /** No more pieces: what is left is read. Call once. */
    void end();

    /**
     * Where reading could begin anew with {@link ListParsers#from}, so that the rest gives what it gives now. Asked while
     * the sink is called, about the line it is called for.
     *
     * @return bytes fed before that line; -1 where the rest means nothing without what came before
     */
    default long lineStart() {
        return -1;
    }
}
