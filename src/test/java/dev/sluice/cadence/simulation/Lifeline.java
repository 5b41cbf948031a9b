package dev.sluice.cadence.simulation;

/**
 * The truth about one proxy: when it is found, and when it works. Times are milliseconds of {@link World}'s clock.
 *
 * @param group number of the list it is from
 * @param foundAtMillis when it becomes known
 * @param flips when it starts to work, stops, starts again…: ascending, an even number of them; empty for one that never works
 */
public record Lifeline(int group, long foundAtMillis, long[] flips) {
    public Lifeline {
        if (flips.length % 2 != 0) {
            throw new IllegalArgumentException("flips: " + flips.length + " (expected: an even number)");
        }
        for (int i = 1; i < flips.length; i++) {
            if (flips[i] <= flips[i - 1]) {
                throw new IllegalArgumentException(
                        "flips: " + flips[i] + " after " + flips[i - 1] + " (expected: ascending)");
            }
        }
    }

    /** Whether it works between flip {@code next - 1} and flip {@code next}. */
    static boolean worksBefore(int next) {
        return next % 2 == 1;
    }
}
