package dev.sluice.port;

import io.vertx.core.Future;
import java.util.List;
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
