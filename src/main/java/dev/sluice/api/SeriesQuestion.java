package dev.sluice.api;

import dev.sluice.port.SeriesHistory.Dimension;
import dev.sluice.port.SeriesHistory.Width;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of a series.
 *
 * @param metric what of it
 * @param by what is told apart
 * @param fromMillis when the first step begins, a multiple of the step
 * @param toMillis when the last one ends, or later
 * @param stepSeconds between points, a multiple of the width
 * @param width of the buckets they are made of
 */
record SeriesQuestion(Metric metric, Dimension by, long fromMillis, long toMillis, int stepSeconds, Width width) {
    static final List<String> PARAMETERS = List.of("metric", "by", "from", "to", "step");

    /** Most points of a line. */
    static final int MOST_POINTS = 500;

    /** In seconds. The first three are widths of buckets that are kept. */
    private static final List<Integer> STEPS = List.of(300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 604_800);

    private static final long A_DAY = 86_400_000L;
    private static final long LONGEST_MILLIS = 400 * A_DAY;

    /** What can be asked for. */
    enum Metric {
        /** Proxies that were served, a mean. */
        POOL,
        /** Proxies that were stored, a mean. */
        STORED,
        /** Checks that were a verdict. */
        CHECKS,
        /** Share of them that were good. */
        SUCCESS_RATE,
        /** Percentiles of latencies of good checks. */
        LATENCY;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Reads it; the last day in steps of five minutes unless said otherwise. */
    static SeriesQuestion parse(@Nullable String query, long nowMillis) {
        Query parameters = Query.parse(query, PARAMETERS);
        Metric metric = one("metric", parameters.get("metric"), Metric.values(), Metric::text, Metric.POOL);
        Dimension by = one("by", parameters.get("by"), Dimension.values(), Dimension::text, Dimension.TOTAL);
        long to = instant("to", parameters.get("to"), nowMillis);
        long from = instant("from", parameters.get("from"), to - A_DAY);
        if (from >= to || to - from > LONGEST_MILLIS) {
            throw new Refused(Problems.invalidParameter(
                    "from",
                    "from: " + Instant.ofEpochMilli(from) + " (expected: before to, " + Instant.ofEpochMilli(to)
                            + ", and 400 days before it at most)"));
        }
        int least = least(from, to, nowMillis);
        String wanted = parameters.get("step");
        int step = least;
        if (wanted != null) {
            step = STEPS.stream()
                    .filter(one -> one >= least && wanted.equals(Integer.toString(one)))
                    .findFirst()
                    .orElseThrow(() -> new Refused(Problems.invalidParameter(
                            "step",
                            "step: " + wanted + " (expected for this time: one of "
                                    + STEPS.stream()
                                            .filter(one -> one >= least)
                                            .map(String::valueOf)
                                            .collect(Collectors.joining(", "))
                                    + " seconds)")));
        }
        long start = Math.floorDiv(from, step * 1_000L) * step * 1_000L;
        return new SeriesQuestion(metric, by, start, to, step, width(step));
    }

    /** The shortest step that gives no more than the points there may be, of buckets that are kept for so long. */
    private static int least(long from, long to, long nowMillis) {
        for (int step : STEPS) {
            long points = Math.floorDiv(to - 1, step * 1_000L) - Math.floorDiv(from, step * 1_000L) + 1;
            if (points <= MOST_POINTS
                    && (width(step) == Width.DAY || from >= width(step).oldestMillis(nowMillis))) {
                return step;
            }
        }
        return STEPS.get(STEPS.size() - 1);
    }

    private static Width width(int step) {
        return step >= Width.DAY.seconds() ? Width.DAY : step >= Width.HOUR.seconds() ? Width.HOUR : Width.FIVE_MINUTES;
    }

    /** An instant as in RFC 3339. */
    private static long instant(String name, @Nullable String text, long absent) {
        if (text == null) {
            return absent;
        }
        try {
            long millis = OffsetDateTime.parse(text).toInstant().toEpochMilli();
            if (millis >= 0 && millis <= Instant.parse("9999-01-01T00:00:00Z").toEpochMilli()) {
                return millis;
            }
        } catch (DateTimeException | ArithmeticException e) {
            // The same answer.
        }
        throw new Refused(Problems.invalidParameter(
                name, name + ": " + text + " (expected: an instant such as 2026-01-01T00:00:00Z)"));
    }

    /** As {@link #instant}, for other questions. */
    static long since(@Nullable String text, long absent) {
        return instant("since", text, absent);
    }

    private static <E> E one(String name, @Nullable String text, E[] all, Function<E, String> form, E absent) {
        if (text == null) {
            return absent;
        }
        for (E value : all) {
            if (form.apply(value).equals(text)) {
                return value;
            }
        }
        throw new Refused(Problems.invalidParameter(
                name,
                name + ": " + text + " (expected: "
                        + Arrays.stream(all).map(form).collect(Collectors.joining(", ")) + ")"));
    }
}
