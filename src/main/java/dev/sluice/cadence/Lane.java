package dev.sluice.cadence;

import java.util.Locale;

/**
 * Kinds of due work that must not starve one another, the most urgent first. A lane is a range of priorities, so that
 * what {@link HealthRules} made of an entry says where it belongs, and an index by priority serves each of them.
 */
public enum Lane {
    /** What somebody waits for: a failure to be confirmed, a check before the first use. */
    INTERACTIVE(9, 10),
    /** What works, or seems to: its time has come. */
    DUE(6, 8),
    /** Newcomers, and what died lately. */
    BULK(4, 5),
    /** What is dead for long, and what is not worth more. */
    MAINTENANCE(1, 3);

    private static final Lane[] BY_PRIORITY = new Lane[DueCalendar.HIGHEST_PRIORITY + 1];

    static {
        for (Lane lane : values()) {
            for (int priority = lane.lowest; priority <= lane.highest; priority++) {
                BY_PRIORITY[priority] = lane;
            }
        }
    }

    private final int lowest;
    private final int highest;

    Lane(int lowest, int highest) {
        this.lowest = lowest;
        this.highest = highest;
    }

    /** The lane of a priority, 1..{@value DueCalendar#HIGHEST_PRIORITY}. */
    public static Lane of(int priority) {
        if (priority < 1 || priority > DueCalendar.HIGHEST_PRIORITY) {
            throw new IllegalArgumentException(
                    "priority: " + priority + " (expected: 1.." + DueCalendar.HIGHEST_PRIORITY + ")");
        }
        return BY_PRIORITY[priority];
    }

    /** Lowest priority in it. */
    public int lowest() {
        return lowest;
    }

    /** Highest priority in it. */
    public int highest() {
        return highest;
    }

    /** Name in lower case, as in metrics and in the configuration. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
