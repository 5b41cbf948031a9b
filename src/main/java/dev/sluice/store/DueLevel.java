package dev.sluice.store;

/**
 * What is due of one priority.
 *
 * @param priority 1..10
 * @param due entries that are due and not taken, 1 or more; counted up to {@value #MOST_COUNTED} where the database counts
 *     them one by one
 * @param oldestDueAtMillis when the one that waits for longest was due
 */
public record DueLevel(int priority, long due, long oldestDueAtMillis) {
    /** Beyond it nobody has to know how many. */
    public static final int MOST_COUNTED = 50_000;
}
