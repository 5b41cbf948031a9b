package dev.sluice.fetch;

import dev.sluice.port.SourceFigures;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * By how much the interval of a source is stretched, because what it brings is not worth its fetches. Times are
 * milliseconds of any monotonic clock. Confined to one thread.
 *
 * <ul>
 *   <li>A source is worth what it alone lists of the alive, or what it listed of them first, whichever is more.
 *   <li>It is poor when that is nothing, or less than one in {@value #ONE_IN} of what it lists.
 *   <li>It is not judged before half of what it lists was checked, nor while nothing at all is alive.
 *   <li>After {@value #FETCHES} fetches in a row after which it was poor, and six hours at least, its interval is doubled;
 *       after as many more again, up to a day.
 *   <li>Once it is not poor any more its own interval is back, at once.
 * </ul>
 *
 * A source is never switched off.
 */
final class Stretch {
    /** Fetches in a row before the interval is doubled. */
    static final int FETCHES = 5;

    /** Time before the interval is doubled. */
    static final Duration AT_LEAST = Duration.ofHours(6);

    /** Intervals are not stretched beyond it; those that are longer as configured stay as they are. */
    static final Duration LONGEST = Duration.ofDays(1);

    private static final int ONE_IN = 1_000;

    private int factor = 1;
    private int poorFetches;
    private long poorSinceMillis;
    private @Nullable String why;

    /** What figures say of a source. */
    private enum Worth {
        UNKNOWN,
        POOR,
        GOOD
    }

    /** A fetch has succeeded, and this is what its entries were worth before it; whether the factor has changed. */
    boolean fetched(SourceFigures.Counted counted, String name, Duration period, long nowMillis) {
        SourceFigures.Of of = counted.of(name);
        switch (worth(counted, of)) {
            case GOOD -> {
                return recover();
            }
            case UNKNOWN -> {
                return false;
            }
            case POOR -> {
                if (poorFetches++ == 0) {
                    poorSinceMillis = nowMillis;
                }
                if (factor > 1) {
                    explain(of, period);
                }
                if (poorFetches < FETCHES
                        || nowMillis - poorSinceMillis < AT_LEAST.toMillis()
                        || stretched(period).compareTo(LONGEST) >= 0) {
                    return false;
                }
                factor *= 2;
                poorFetches = 0;
                explain(of, period);
                return true;
            }
        }
        throw new IllegalStateException("a worth without a case");
    }

    /** There are new figures; whether a source whose interval was stretched has its own back. */
    boolean looked(SourceFigures.Counted counted, String name) {
        return factor > 1 && worth(counted, counted.of(name)) == Worth.GOOD && recover();
    }

    private boolean recover() {
        boolean changed = factor > 1;
        factor = 1;
        poorFetches = 0;
        why = null;
        return changed;
    }

    private static Worth worth(SourceFigures.Counted counted, SourceFigures.Of of) {
        if (!counted.known() || counted.alive() == 0) {
            return Worth.UNKNOWN;
        }
        if (worthOf(of) >= expected(of)) {
            return Worth.GOOD;
        }
        return 2 * of.checked() < of.listed() ? Worth.UNKNOWN : Worth.POOR;
    }

    private static long worthOf(SourceFigures.Of of) {
        return Math.max(of.aliveAlone(), of.aliveFirst());
    }

    private static long expected(SourceFigures.Of of) {
        return Math.max(1, (of.listed() + ONE_IN - 1) / ONE_IN);
    }

    private void explain(SourceFigures.Of of, Duration period) {
        why = String.format(
                Locale.ROOT,
                "of %d entries it lists %d are alive, %d of them listed here alone, %d listed here first (expected: %d or"
                        + " more of either); fetched every %s instead of every %s",
                of.listed(),
                of.alive(),
                of.aliveAlone(),
                of.aliveFirst(),
                expected(of),
                text(stretched(period)),
                text(period));
    }

    private static String text(Duration duration) {
        long seconds = duration.toSeconds();
        return seconds % 3_600 == 0 && seconds > 0
                ? seconds / 3_600 + "h"
                : seconds % 60 == 0 && seconds > 0 ? seconds / 60 + "m" : seconds + "s";
    }

    /** {@code period} as it is stretched now. */
    Duration stretched(Duration period) {
        if (factor == 1 || period.compareTo(LONGEST) >= 0) {
            return period;
        }
        Duration longer = period.multipliedBy(factor);
        return longer.compareTo(LONGEST) > 0 ? LONGEST : longer;
    }

    /** By how much, 1 for not at all; powers of two. */
    int factor() {
        return factor;
    }

    /** Why it is stretched, in a sentence; null where it is not. */
    @Nullable
    String why() {
        return why;
    }
}
