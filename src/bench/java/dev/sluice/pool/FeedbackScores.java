package dev.sluice.pool;

/** What a pick asks the feedback book, for benchmarks. */
public final class FeedbackScores {
    private FeedbackScores() {}

    /** Sum of the scores that {@code application} gives these proxies; 0 where nothing is known of it. */
    public static double sum(FeedbackBook book, String application, long[] proxyIds) {
        FeedbackBook.Page page = book.page(application);
        double sum = 0;
        for (int i = 0; page != null && i < proxyIds.length; i++) {
            sum += page.score(proxyIds[i]);
        }
        return sum;
    }
}
