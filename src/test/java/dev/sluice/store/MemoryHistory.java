package dev.sluice.store;

import dev.sluice.port.ProxyHistory;
import dev.sluice.port.ProxyHistory.Check;
import dev.sluice.port.ProxyHistory.Move;
import dev.sluice.port.SeriesHistory;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** Histories in memory: every event as it came, nothing folded. Thread-safe. */
public final class MemoryHistory implements HistoryRecords, SeriesHistory {
    /** As they came. */
    public final List<CheckBatch> batches = new CopyOnWriteArrayList<>();

    /** As they were put. */
    public final List<Bucket> buckets = new CopyOnWriteArrayList<>();

    /** Records {@link #shorten} can give up, one each time. */
    public final AtomicLong spare = new AtomicLong();

    /** How often it was asked to. */
    public final AtomicLong shortened = new AtomicLong();

    void add(CheckBatch batch) {
        boolean known = batches.stream()
                .anyMatch(before -> before.writer().equals(batch.writer()) && before.number() >= batch.number());
        if (!known) {
            batches.add(batch);
        }
    }

    @Override
    public Future<ProxyHistory> of(long id, long sinceMillis, int limit) {
        List<Check> checks = new ArrayList<>();
        List<Move> moves = new ArrayList<>();
        for (CheckBatch batch : batches) {
            for (CheckBatch.Noted noted : batch.events()) {
                if (noted.proxyId() == id && noted.event() instanceof Check check) {
                    checks.add(0, check);
                } else if (noted.proxyId() == id && noted.event() instanceof Move move) {
                    moves.add(0, move);
                }
            }
        }
        ProxyHistory.Summary summary =
                new ProxyHistory.Summary(checks.size(), 0, Double.NaN, Double.NaN, Double.NaN, Double.NaN);
        return Future.succeededFuture(new ProxyHistory(checks, summary, List.of(), moves));
    }

    @Override
    public Future<Step> fold(HistoryLimits limits, long nowMillis) {
        return Future.succeededFuture(Step.NONE);
    }

    @Override
    public Future<Trim> trim(HistoryLimits limits, long nowMillis, long afterId, int limit) {
        return Future.succeededFuture(new Trim(afterId, false));
    }

    @Override
    public Future<Long> shorten() {
        shortened.incrementAndGet();
        return Future.succeededFuture(spare.getAndUpdate(left -> Math.max(0, left - 1)) > 0 ? 1L : 0L);
    }

    @Override
    public SeriesHistory series() {
        return this;
    }

    @Override
    public Future<Void> put(List<Bucket> more) {
        buckets.addAll(more);
        return Future.succeededFuture();
    }

    @Override
    public Future<List<Bucket>> read(Dimension dimension, Width width, long fromMillis, long toMillis) {
        return Future.succeededFuture(buckets.stream()
                .filter(bucket -> bucket.dimension() == dimension
                        && bucket.width() == width
                        && bucket.startMillis() >= fromMillis
                        && bucket.startMillis() < toMillis)
                .toList());
    }

    @Override
    public Future<Integer> prune(long nowMillis, int limit) {
        return Future.succeededFuture(0);
    }
}
