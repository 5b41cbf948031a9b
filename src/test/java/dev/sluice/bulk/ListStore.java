package dev.sluice.bulk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.port.Merge;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.store.ChunkKept;
import dev.sluice.store.ImportChunk;
import dev.sluice.store.ImportTotals;
import dev.sluice.store.StoreException;
import dev.sluice.store.UnexpectedStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Keeps entries, and chunks of imports, in memory; can hold answers back, answer from a worker, or fail. */
final class ListStore extends UnexpectedStore {
    final Map<ProxyKey, Candidate> proxies = new ConcurrentHashMap<>();
    final List<CandidatesFound> batches = new CopyOnWriteArrayList<>();
    final List<Merge> merges = new CopyOnWriteArrayList<>();
    final Queue<Promise<CandidatesKept>> held = new ConcurrentLinkedQueue<>();
    final Semaphore arrivals = new Semaphore(0);
    final AtomicInteger mostAtOnce = new AtomicInteger();
    volatile boolean hold;
    volatile @Nullable Vertx worker;
    volatile @Nullable StoreException failure;
    /** Called when a chunk was stored, before anybody is told. */
    volatile @Nullable Runnable afterChunk;
    /** The lease under which chunks are taken. */
    volatile long leaseToken = 1;
    /** Chunks that are stored before it fails for once; below 0 for never. */
    int stopsBefore = -1;
    /** As before, but it fails when it has stored the chunk. */
    int stopsAfter = -1;

    private final Map<String, List<Chunk>> chunks = new HashMap<>();

    private record Chunk(ImportChunk chunk, ChunkKept kept) {}

    @Override
    public Future<CandidatesKept> keep(CandidatesFound batch, Merge merge) {
        batches.add(batch);
        merges.add(merge);
        StoreException wrong = failure;
        if (wrong != null) {
            return Future.failedFuture(wrong);
        }
        Vertx pool = worker;
        if (pool != null) {
            return pool.executeBlocking(() -> kept(batch));
        }
        if (!hold) {
            return Future.succeededFuture(kept(batch));
        }
        Promise<CandidatesKept> promise = Promise.promise();
        held.add(promise);
        mostAtOnce.accumulateAndGet(held.size(), Math::max);
        arrivals.release();
        return promise.future().map(ignored -> kept(batch));
    }

    private CandidatesKept kept(CandidatesFound batch) {
        int added = 0;
        for (Candidate candidate : batch.candidates()) {
            added += proxies.put(candidate.key(), candidate) == null ? 1 : 0;
        }
        return new CandidatesKept(added, batch.candidates().size() - added);
    }

    void awaitHeld() throws InterruptedException {
        assertThat(arrivals.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
    }

    void release() {
        Promise<CandidatesKept> promise = Objects.requireNonNull(held.poll(), "nothing is held");
        promise.complete(new CandidatesKept(0, 0));
    }

    @Override
    public Future<ChunkKept> keepChunk(ImportChunk chunk, Merge merge) {
        ChunkKept kept;
        synchronized (chunks) {
            if (chunk.leaseToken() != leaseToken) {
                return Future.failedFuture(new StoreException(
                        StoreException.Kind.LEASE_LOST, "job " + chunk.job() + ": lease " + chunk.leaseToken()));
            }
            if (stopsBefore-- == 0) {
                return Future.failedFuture(gone());
            }
            kept = written(chunk, merge);
            if (stopsAfter-- == 0) {
                // Written, but nobody hears of it.
                return Future.failedFuture(gone());
            }
        }
        Runnable watcher = afterChunk;
        if (watcher != null) {
            watcher.run();
        }
        Vertx pool = worker;
        return pool == null ? Future.succeededFuture(kept) : pool.executeBlocking(() -> kept);
    }

    private ChunkKept written(ImportChunk chunk, Merge merge) {
        List<Chunk> of = chunks.computeIfAbsent(chunk.job(), job -> new ArrayList<>());
        if (chunk.number() < of.size()) {
            ChunkKept then = of.get(chunk.number()).kept;
            return new ChunkKept(then.added(), then.known(), true);
        }
        assertThat(chunk.number()).as("number of the chunk").isEqualTo(of.size());
        int added = 0;
        for (Candidate candidate : chunk.entries().candidates()) {
            Candidate old = proxies.putIfAbsent(candidate.key(), candidate);
            added += old == null ? 1 : 0;
            if (old != null && merge != Merge.SKIP) {
                proxies.put(
                        candidate.key(),
                        new Candidate(
                                candidate.key(),
                                old.claimedCapabilities() | candidate.claimedCapabilities(),
                                candidate.claimedCountry() == null
                                        ? old.claimedCountry()
                                        : candidate.claimedCountry()));
            }
        }
        merges.add(merge);
        ChunkKept kept = new ChunkKept(added, chunk.entries().candidates().size() - added, false);
        of.add(new Chunk(chunk, kept));
        return kept;
    }

    private static StoreException gone() {
        return new StoreException(StoreException.Kind.UNAVAILABLE, "the database is gone");
    }

    @Override
    public Future<ImportTotals> imported(String job) {
        synchronized (chunks) {
            List<Chunk> of = chunks.getOrDefault(job, List.of());
            long lines = 0;
            long added = 0;
            long known = 0;
            long rejected = 0;
            for (Chunk chunk : of) {
                lines += chunk.chunk.lines();
                added += chunk.kept.added();
                known += chunk.kept.known();
                rejected += chunk.chunk.rejected();
            }
            String cursor = of.isEmpty() ? null : of.get(of.size() - 1).chunk.cursor();
            return Future.succeededFuture(new ImportTotals(of.size(), lines, added, known, rejected, cursor));
        }
    }

    /** Chunks of a job that are stored. */
    List<ImportChunk> chunks(String job) {
        synchronized (chunks) {
            return chunks.getOrDefault(job, List.of()).stream()
                    .map(Chunk::chunk)
                    .toList();
        }
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
