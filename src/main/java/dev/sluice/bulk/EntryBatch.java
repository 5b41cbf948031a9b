package dev.sluice.bulk;

import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.port.Merge;
import dev.sluice.proxy.ProxyKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Entries on their way to the store, each key once. What a list says twice is joined as the store would join it, had the
 * two come one after the other: so it makes no difference where a list is cut.
 */
final class EntryBatch {
    private final Merge merge;
    private final Map<ProxyKey, Candidate> entries = new LinkedHashMap<>();

    EntryBatch(Merge merge) {
        this.merge = merge;
    }

    void add(Candidate candidate) {
        if (merge == Merge.SKIP) {
            entries.putIfAbsent(candidate.key(), candidate);
            return;
        }
        // The http and the https entry of one endpoint are one proxy.
        entries.merge(
                candidate.key(),
                candidate,
                (old, later) -> new Candidate(
                        old.key(),
                        old.claimedCapabilities() | later.claimedCapabilities(),
                        later.claimedCountry() == null ? old.claimedCountry() : later.claimedCountry()));
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    int size() {
        return entries.size();
    }

    /** All of them, at least one; the batch is empty then. */
    CandidatesFound take(String source, long fetchedAtMillis) {
        CandidatesFound found = new CandidatesFound(source, fetchedAtMillis, new ArrayList<>(entries.values()));
        entries.clear();
        return found;
    }
}
