package dev.sluice.config;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 250ms}, {@code 5s}, {@code 30m}, {@code 24h}, {@code 7d}, {@code 1h30m}. */
public final class DurationFormat {
    private static final Pattern PART = Pattern.compile("([0-9]{1,15})(ms|s|m|h|d)");
    private static final Pattern WHOLE = Pattern.compile("(?:[0-9]{1,15}(?:ms|s|m|h|d))+");
    private static final String[] UNITS = {"d", "h", "m", "s", "ms"};
    private static final long[] MILLIS = {86_400_000, 3_600_000, 60_000, 1_000, 1};

    private DurationFormat() {}

    /**
     * Reads a duration; ISO 8601 ({@code PT5S}) and a plain {@code 0} are understood too.
     *
     * @throws IllegalArgumentException when {@code text} is none, is negative, or is longer than a {@code long} of milliseconds
     */
    public static Duration parse(String text) {
        String form = text.trim().toLowerCase(Locale.ROOT);
        try {
            Duration duration = form.startsWith("p") ? Duration.parse(form) : parts(form);
            if (duration != null && !duration.isNegative() && duration.toMillis() >= 0) {
                return duration;
            }
        } catch (ArithmeticException | DateTimeException e) {
            throw new IllegalArgumentException(text + " (expected: a duration such as 5s)", e);
        }
        throw new IllegalArgumentException(text + " (expected: a duration such as 5s)");
    }

    private static @org.jspecify.annotations.Nullable Duration parts(String form) {
        if (form.equals("0")) {
            return Duration.ZERO;
        }
        if (!WHOLE.matcher(form).matches()) {
            return null;
        }
        long millis = 0;
        Matcher matcher = PART.matcher(form);
        while (matcher.find()) {
            long number = Long.parseLong(matcher.group(1));
            for (int i = 0; i < UNITS.length; i++) {
                if (UNITS[i].equals(matcher.group(2))) {
                    millis = Math.addExact(millis, Math.multiplyExact(number, MILLIS[i]));
                }
            }
        }
        return Duration.ofMillis(millis);
    }

    /** Writes {@code duration} in the largest unit that leaves no rest: {@code 90s}, {@code 2m}, {@code 24h}. */
    public static String format(Duration duration) {
        long millis = duration.toMillis();
        if (millis == 0) {
            return "0s";
        }
        // A day reads better as 24h, a week as 7d.
        int first = millis % MILLIS[0] == 0 && millis > MILLIS[0] ? 0 : 1;
        for (int i = first; i < UNITS.length; i++) {
            if (millis % MILLIS[i] == 0) {
                return millis / MILLIS[i] + UNITS[i];
            }
        }
        throw new AssertionError(millis);
    }
}
