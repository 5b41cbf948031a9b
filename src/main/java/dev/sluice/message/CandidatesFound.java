package dev.sluice.message;

import java.util.List;

/**
 * Part of what one fetch of a source brought. Every batch of a fetch carries the same {@code fetchedAtMillis}.
 *
 * @param source name of the source
 * @param fetchedAtMillis when the fetch began; marks the listing
 * @param candidates 1..{@value #MAX_CHUNK}, in the list's order, no key twice
 */
public record CandidatesFound(String source, long fetchedAtMillis, List<Candidate> candidates) {
    /** Most candidates in a message, and in what a fetch hands on at once. */
    public static final int MAX_BATCH = 5_000;

    /** Most candidates at all, in one transaction: what a file is imported by. */
    public static final int MAX_CHUNK = 50_000;

    public CandidatesFound {
        candidates = List.copyOf(candidates);
        if (candidates.isEmpty() || candidates.size() > MAX_CHUNK) {
            throw new IllegalArgumentException(
                    "candidates: " + candidates.size() + " (expected: 1.." + MAX_CHUNK + ")");
        }
    }
}
