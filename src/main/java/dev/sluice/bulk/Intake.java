package dev.sluice.bulk;

import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.parse.Entry;
import dev.sluice.parse.EntryMapping;
import dev.sluice.parse.EntrySink;
import dev.sluice.parse.Rejection;
import dev.sluice.store.Merge;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.StoreException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Gathers entries into batches and hands them to the store, at most two at a time: the parser waits for the older one.
 * Confined to the worker thread that feeds the parser.
 */
final class Intake implements EntrySink {
    private static final int IN_FLIGHT = 2;

    private final String source;
    private final Merge merge;
    private final @Nullable ProxyStore store;
    private final ImportReport report;
    private final long beganMillis = System.currentTimeMillis();
    private final long beganNanos = System.nanoTime();
    private final Deque<CompletableFuture<CandidatesKept>> inFlight = new ArrayDeque<>(IN_FLIGHT);
    private final Map<Rejection, Long> rejected = new EnumMap<>(Rejection.class);
    private List<Candidate> batch = new ArrayList<>(CandidatesFound.MAX_BATCH);
    private long lines;
    private long accepted;
    private long added;
    private long known;

    Intake(String source, Merge merge, @Nullable ProxyStore store, ImportReport report) {
        this.source = source;
        this.merge = merge;
        this.store = store;
        this.report = report;
    }

    @Override
    public void accept(long line, Entry entry) {
        lines = Math.max(lines, line);
        accepted++;
        Candidate candidate = EntryMapping.toCandidate(entry, null, false);
        report.accepted(line, candidate);
        if (store == null) {
            return;
        }
        batch.add(candidate);
        if (batch.size() == CandidatesFound.MAX_BATCH) {
            send(store);
        }
    }

    @Override
    public void reject(long line, Rejection reason, String detail, String sample) {
        lines = Math.max(lines, line);
        rejected.merge(reason, 1L, Long::sum);
        report.refused(line, reason, detail);
    }

    /** Sends the rest, waits for it and counts. */
    ImportResult finish() {
        if (store != null && !batch.isEmpty()) {
            send(store);
        }
        while (!inFlight.isEmpty()) {
            settleOldest();
        }
        return new ImportResult(
                lines, accepted, added, known, rejected, Duration.ofNanos(System.nanoTime() - beganNanos));
    }

    private void send(ProxyStore to) {
        if (inFlight.size() == IN_FLIGHT) {
            settleOldest();
        }
        inFlight.add(to.keep(new CandidatesFound(source, beganMillis, batch), merge)
                .toCompletionStage()
                .toCompletableFuture());
        batch = new ArrayList<>(CandidatesFound.MAX_BATCH);
    }

    private void settleOldest() {
        CandidatesKept kept;
        try {
            kept = inFlight.remove().join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof StoreException refused ? refused : e;
        }
        added += kept.added();
        known += kept.known();
    }
}
