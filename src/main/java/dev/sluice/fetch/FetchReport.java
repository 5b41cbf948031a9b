package dev.sluice.fetch;

import dev.sluice.message.SourceFetched;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a fetch ended.
 *
 * @param entries distinct admitted entries
 * @param added those new to the store
 * @param error null unless it failed
 * @param retryAfter the longest wait a server asked for, null for none
 * @param memory for the next fetch
 */
record FetchReport(
        SourceFetched.Result result,
        int entries,
        int added,
        Rejects rejects,
        @Nullable String error,
        @Nullable Duration retryAfter,
        FetchMemory memory) {}
