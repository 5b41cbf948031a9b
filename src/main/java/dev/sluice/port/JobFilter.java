package dev.sluice.port;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs to list.
 *
 * @param kinds of one of these kinds; empty for any
 * @param states in one of these states; empty for any
 * @param type of this type; null for any
 * @param beforeId only those submitted before the job with this id: the last one of the page before; null to begin
 */
public record JobFilter(
        Set<JobKind> kinds,
        Set<JobState> states,
        @Nullable String type,
        @Nullable String beforeId) {
    public JobFilter {
        kinds = Set.copyOf(kinds);
        states = Set.copyOf(states);
    }

    /** Every job, the newest first. */
    public static JobFilter any() {
        return new JobFilter(Set.of(), Set.of(), null, null);
    }
}
