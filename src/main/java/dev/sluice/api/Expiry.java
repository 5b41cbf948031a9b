package dev.sluice.api;

import dev.sluice.config.DurationFormat;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The members {@code expires_at} and {@code ttl} of a body: when something ends, given either way or not at all. */
final class Expiry {
    static final String AT = "expires_at";
    static final String TTL = "ttl";

    private static final Duration LONGEST_LIFE = Duration.ofDays(36_500);
    private static final int LONGEST_TEXT = 100;

    private Expiry() {}

    /**
     * Reads both.
     *
     * @param nowMillis from when on a {@code ttl} counts
     * @param error takes the name of a member and what is wrong with it
     * @return milliseconds since 1970-01-01T00:00Z; 0 for never, and where there is an error
     */
    static long millis(JsonObject object, long nowMillis, BiConsumer<String, String> error) {
        Object at = object.getValue(AT);
        Object ttl = object.getValue(TTL);
        if (at != null && ttl != null) {
            error.accept(TTL, "given together with expires_at (expected: one of them)");
            return 0;
        }
        if (ttl != null) {
            Duration life = duration(ttl);
            if (life != null && !life.isZero() && life.compareTo(LONGEST_LIFE) <= 0) {
                return nowMillis + life.toMillis();
            }
            error.accept(TTL, "invalid (expected: a duration such as 12h or 90d, up to 36500d)");
        } else if (at != null) {
            long millis = instant(at);
            if (millis > nowMillis && millis - nowMillis <= LONGEST_LIFE.toMillis()) {
                return millis;
            }
            error.accept(AT, "invalid (expected: a time to come such as 2030-01-01T00:00:00Z, within 36500 days)");
        }
        return 0;
    }

    private static @Nullable Duration duration(Object value) {
        try {
            return value instanceof String text && text.length() <= LONGEST_TEXT ? DurationFormat.parse(text) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Milliseconds since 1970-01-01T00:00Z, 0 when it is no time. */
    private static long instant(Object value) {
        try {
            return value instanceof String text && text.length() <= LONGEST_TEXT
                    ? Instant.parse(text).toEpochMilli()
                    : 0;
        } catch (DateTimeException | ArithmeticException e) {
            return 0;
        }
    }
}
