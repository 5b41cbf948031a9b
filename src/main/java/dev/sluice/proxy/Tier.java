package dev.sluice.proxy;

import java.util.Locale;

/** How much attention a proxy gets. The number is what the API and the database show. */
public enum Tier {
    /** Works; light checks. */
    ACTIVE(1),
    /** Worked lately or fails now and then; comprehensive checks. */
    AT_RISK(2),
    /** Dead for a while; connect-only checks. */
    INACTIVE(3),
    /** Never judged; checked by priority. */
    UNKNOWN(4);

    private final int number;

    Tier(int number) {
        this.number = number;
    }

    /** 1..4. */
    public int number() {
        return number;
    }

    /** Lower-case name with dashes, for example {@code at-risk}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The tier with this number. */
    public static Tier ofNumber(int number) {
        if (number < 1 || number > 4) {
            throw new IllegalArgumentException("tier: " + number + " (expected: 1..4)");
        }
        return values()[number - 1];
    }
}
