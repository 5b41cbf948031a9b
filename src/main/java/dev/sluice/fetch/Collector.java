package dev.sluice.fetch;

import dev.sluice.config.SourceConfig;
import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.parse.Entry;
import dev.sluice.parse.EntrySink;
import dev.sluice.parse.Rejection;
import dev.sluice.proxy.Scheme;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the entries of one fetch, over all its addresses and pages, into batches of distinct candidates. Used by one
 * thread at a time: a worker while it parses, the event loop in between.
 */
final class Collector implements EntrySink {
    /** Entries of one fetch beyond which it is given up. */
    static final int MAX_ENTRIES = 5_000_000;

    private final EntryMapper mapper;
    private final SourceConfig source;
    private final Fingerprints known = new Fingerprints();
    private final Rejects rejects = new Rejects();
    private List<List<Candidate>> ready = new ArrayList<>();
    private List<Candidate> batch = new ArrayList<>();

    private @Nullable Scheme protocol;
    private Rejects pageRejects = new Rejects();
    private int pageAccepted;
    private int pageFresh;
    private boolean overflow;

    Collector(EntryMapper mapper, SourceConfig source) {
        this.mapper = mapper;
        this.source = source;
    }

    /** A list, or page, begins. */
    void begin(@Nullable Scheme ofEntriesWithoutOne) {
        protocol = ofEntriesWithoutOne;
        pageRejects = new Rejects();
        pageAccepted = 0;
        pageFresh = 0;
    }

    /** The list, or page, has ended, however it ended. */
    void endPage() {
        rejects.addAll(pageRejects);
    }

    @Override
    public void accept(long line, Entry entry) {
        Entry complete = entry.protocol() != null || protocol == null
                ? entry
                : new Entry(protocol.text(), entry.host(), entry.port(), entry.credentials(), entry.country());
        Candidate candidate;
        try {
            candidate = mapper.map(complete, source);
        } catch (IllegalArgumentException e) {
            pageRejects.add(line, Rejection.NOT_A_PROXY, "", entry.host());
            return;
        }
        pageAccepted++;
        if (known.size() >= MAX_ENTRIES) {
            overflow = true;
            return;
        }
        if (!known.add(candidate.key())) {
            return;
        }
        pageFresh++;
        batch.add(candidate);
        if (batch.size() == CandidatesFound.MAX_BATCH) {
            cut();
        }
    }

    @Override
    public void reject(long line, Rejection reason, String detail, String sample) {
        pageRejects.add(line, reason, detail, sample);
    }

    /** Full batches gathered since the last call. */
    List<List<Candidate>> takeFull() {
        List<List<Candidate>> full = ready;
        ready = new ArrayList<>();
        return full;
    }

    /** Everything that is left, the last batch included. */
    List<List<Candidate>> takeRest() {
        if (!batch.isEmpty()) {
            cut();
        }
        return takeFull();
    }

    private void cut() {
        ready.add(batch);
        batch = new ArrayList<>();
    }

    /** Admitted entries of the present page, those of earlier pages included. */
    int pageAccepted() {
        return pageAccepted;
    }

    /** Admitted entries that only the present page brought. */
    int pageFresh() {
        return pageFresh;
    }

    Rejects pageRejects() {
        return pageRejects;
    }

    /** Distinct admitted entries. */
    int entries() {
        return known.size();
    }

    boolean overflow() {
        return overflow;
    }

    Rejects rejects() {
        return rejects;
    }
}
