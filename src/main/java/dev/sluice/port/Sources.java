package dev.sluice.port;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What fetching tells others about its sources. {@code fetch} implements it, {@code api} uses it. Thread-safe. */
public interface Sources {
    /** State of every configured source, by name. */
    List<State> states();

    /**
     * Fetches now.
     *
     * @param name a source, or null for all
     * @return when the fetch has ended, however it ended; fails with {@link IllegalArgumentException} when there is no such source
     */
    Future<Void> fetchNow(@Nullable String name);

    /** What the last list of source {@code name} brought that was refused; {@link Rejections#NONE} when there is none. */
    default Rejections rejections(String name) {
        return Rejections.NONE;
    }

    /**
     * Refused lines of the last list of a source.
     *
     * @param byReason how many, by {@code dev.sluice.parse.Rejection#text()}
     * @param samples the first of them, at most 20
     */
    record Rejections(Map<String, Integer> byReason, List<Sample> samples) {
        /** Nothing was refused, or nothing was read yet. */
        public static final Rejections NONE = new Rejections(Map.of(), List.of());

        public Rejections {
            byReason = Map.copyOf(byReason);
            samples = List.copyOf(samples);
        }
    }

    /**
     * A refused line. For administrators only: it may hold a password.
     *
     * @param line from 1; for formats without lines an ordinal
     * @param reason as in {@link Rejections#byReason}
     * @param detail a few words or empty
     * @param text beginning of the line, without control characters
     */
    record Sample(long line, String reason, String detail, String text) {}

    /**
     * State of a source. Times are milliseconds since 1970-01-01T00:00Z, 0 for never.
     *
     * @param entries admitted entries in the last complete list
     * @param added entries that were new to the store, since start
     * @param rejected refused lines in the last list
     * @param lastError null after a success
     * @param lastChangeAtMillis when its metadata said that it changed; 0 where there is none
     * @param failures failed fetches in a row
     */
    record State(
            String name,
            String kind,
            boolean enabled,
            int entries,
            long added,
            int rejected,
            long lastFetchAtMillis,
            long lastSuccessAtMillis,
            long lastChangeAtMillis,
            long nextFetchAtMillis,
            int failures,
            @Nullable String lastError) {}
}
