package dev.sluice.message;

/**
 * What a deep check measured: judged requests in a row.
 *
 * @param requests how many were made, 1 or more
 * @param successes how many were answered as they should, 0..requests
 * @param medianMillis of the latencies of successes, {@code Double.NaN} without any
 * @param spreadMillis 90th minus 10th percentile of those latencies, {@code Double.NaN} without any
 */
public record DeepResult(int requests, int successes, double medianMillis, double spreadMillis) {
    public DeepResult {
        if (requests < 1 || successes < 0 || successes > requests) {
            throw new IllegalArgumentException(
                    "successes: " + successes + " of " + requests + " (expected: 0..requests, at least one request)");
        }
    }
}
