package dev.sluice.port;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What fetching tells others about its sources. {@code fetch} implements it, {@code api} uses it. Thread-safe. */
public interface Sources {
    /** State of every configured source, by name. */
    List<State> states();

    /** Everything that is known of every configured source, by name. */
    List<Account> accounts();

    /**
     * Switches a source on or off, in place of what the configuration says. It counts at once, and is kept over restarts
     * until it is taken back.
     *
     * @param enabled null takes back what was chosen: the configuration counts again
     * @return what is so once it is written, or the database has shown that it does not answer; fails with
     *     {@link IllegalArgumentException} when there is no such source
     */
    Future<Account> enable(String name, @Nullable Boolean enabled);

    /**
     * What was chosen by {@link #enable}, by the key of the configuration it stands before; also of sources that are not
     * configured at present.
     */
    Map<String, Boolean> chosen();

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

    /**
     * A source and how it came to be so.
     *
     * @param configured whether the configuration has it fetched
     * @param chosen what was chosen by {@link #enable}; null for nothing
     * @param kept whether a restart would find {@code chosen} as it is
     * @param intervalMillis between two fetches, as configured
     * @param stretchedMillis between two fetches at present: longer while the source is not worth more
     * @param stretched why it is; null where it is not
     * @param failures the last failures, newest first, at most {@value #MOST_FAILURES}
     * @param fetches the last fetches, newest first, at most {@value #MOST_FETCHES}
     */
    record Account(
            State state,
            boolean configured,
            @Nullable Boolean chosen,
            boolean kept,
            long intervalMillis,
            long stretchedMillis,
            @Nullable String stretched,
            List<Failure> failures,
            List<Fetch> fetches) {
        /** Most failures that are remembered. */
        public static final int MOST_FAILURES = 10;

        /** Most fetches that are remembered. */
        public static final int MOST_FETCHES = 20;

        public Account {
            failures = List.copyOf(failures);
            fetches = List.copyOf(fetches);
        }
    }

    /** A fetch that failed; its beginning in milliseconds since 1970-01-01T00:00Z. */
    record Failure(long atMillis, String error) {}

    /**
     * A fetch that has ended, and what its source was worth then, by the last count before.
     *
     * @param atMillis its beginning, milliseconds since 1970-01-01T00:00Z
     * @param result {@code complete}, {@code not-modified} or {@code failed}
     * @param entries admitted entries
     * @param added those that were new to the store
     * @param rejected refused lines
     * @param listed entries it listed
     * @param alive those of them that were alive
     * @param aliveAlone those that were alive and listed by no other source
     */
    record Fetch(
            long atMillis,
            String result,
            int entries,
            int added,
            int rejected,
            long listed,
            long alive,
            long aliveAlone) {}
}
