package dev.sluice.keep;

import dev.sluice.bus.Loop;
import dev.sluice.pool.LastGood;
import dev.sluice.pool.PooledProxy;
import dev.sluice.port.Timetable;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tampering;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores what memory lost, and goes on writing it to files. Deploy one instance, when the pool is loaded and before
 * the API; its {@code start()} completes when feedback is restored and the last good set is handed over, and does not
 * fail for a file or a database that cannot be read. All files are handled by one worker thread, never two writes at a
 * time; the last one is made by {@code stop()}.
 */
public final class SnapshotVerticle extends VerticleBase {
    private static final int LOOKUP_BATCH = 1_000;
    private static final Duration LONGEST_WRITE = Duration.ofMinutes(10);
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotVerticle.class);

    private final Duration interval;
    private final Snapshots snapshots;
    private final LastGood lastGood;
    private final Supplier<? extends Iterable<PooledProxy>> served;
    private final Function<List<Long>, Future<List<StoredProxy>>> stored;
    private final Consumer<List<PooledProxy>> handOver;
    private final Timetable timetable;
    private final InstantSource clock;

    private @Nullable WorkerExecutor worker;
    private Timetable.@Nullable Entry writing;
    /** Whether what was restored still waits to be looked up. */
    private boolean lookupDue = true;

    private boolean lookupFailed;

    /**
     * @param interval between the beginning of a write and the next
     * @param snapshots what is written; among it {@code lastGood}
     * @param lastGood what is offered {@code served} before each write
     * @param served what may be handed out now; asked and walked through on a worker thread
     * @param stored {@code ProxyStore.get}: entries by number, at most 1,000 at a time
     * @param handOver given the last good set whenever it is another, best first: at start as the store has it now (alive
     *     or not, never caught tampering), later as it was served. Called on a worker thread, never twice at a time. An
     *     entry that is caught afterwards is taken out of {@code lastGood} by the caller, and of what this made of it
     */
    public SnapshotVerticle(
            Duration interval,
            Snapshots snapshots,
            LastGood lastGood,
            Supplier<? extends Iterable<PooledProxy>> served,
            Function<List<Long>, Future<List<StoredProxy>>> stored,
            Consumer<List<PooledProxy>> handOver,
            Timetable timetable,
            InstantSource clock) {
        this.interval = interval;
        this.snapshots = snapshots;
        this.lastGood = lastGood;
        this.served = served;
        this.stored = stored;
        this.handOver = handOver;
        this.timetable = timetable;
        this.clock = clock;
    }

    @Override
    public Future<?> start() {
        WorkerExecutor thread = vertx.createSharedWorkerExecutor("sluice-snapshots", 1);
        worker = thread;
        return run(thread, snapshots::restore)
                .compose(restored -> lookUp(thread))
                .onSuccess(handed -> writing = timetable.enter(
                        Timetable.Plan.every(interval, "snapshots", "writes feedback and the last good set to files")
                                .after(interval)
                                .taking(LONGEST_WRITE),
                        start -> turn(thread)));
    }

    /** Writes once more, when the write under way has ended. */
    @Override
    public Future<?> stop() {
        Timetable.Entry entry = writing;
        WorkerExecutor thread = worker;
        if (entry == null || thread == null) {
            return Future.succeededFuture();
        }
        return entry.leave().compose(idle -> remember(thread)).eventually(thread::close);
    }

    private Future<Duration> turn(WorkerExecutor thread) {
        return lookUp(thread).compose(handed -> remember(thread)).map(Duration.ZERO);
    }

    /** Offers what is served, then writes. */
    private Future<Void> remember(WorkerExecutor thread) {
        return thread.executeBlocking(this::offer)
                .onSuccess(taken -> lookupDue &= !taken)
                .recover(failure -> {
                    LOG.atError().setCause(failure).log("what is served could not be remembered as the last good set");
                    return Future.succeededFuture(false);
                })
                .compose(offered -> run(thread, snapshots::write));
    }

    /** @return whether another set is remembered now */
    private boolean offer() {
        List<PooledProxy> remembered = lastGood.offer(served.get(), clock.millis());
        if (remembered.isEmpty()) {
            return false;
        }
        handOver.accept(remembered);
        return true;
    }

    /** Hands over what was restored; when the store does not answer, it is asked again in the next turn. */
    private Future<Void> lookUp(WorkerExecutor thread) {
        if (!lookupDue) {
            return Future.succeededFuture();
        }
        List<Long> ids = lastGood.ids();
        return find(ids, 0, new HashMap<>())
                .compose(found -> run(thread, () -> handOver(ids, found)))
                .onSuccess(handed -> lookupDue = false)
                .recover(failure -> {
                    if (!lookupFailed) {
                        lookupFailed = true;
                        LOG.atWarn()
                                .addKeyValue("error", failure)
                                .log("the last good set cannot be looked up; it is tried again");
                    }
                    return Future.succeededFuture();
                });
    }

    private void handOver(List<Long> bestFirst, Map<Long, StoredProxy> found) {
        List<PooledProxy> usable = new ArrayList<>(found.size());
        for (long id : bestFirst) {
            StoredProxy each = found.get(id);
            if (each == null) {
                continue;
            }
            if (each.health().tampering() != Tampering.NONE) {
                lastGood.remove(each.id());
            } else if (each.key().scheme() != Scheme.UNKNOWN) {
                usable.add(PooledProxy.of(each, clock.millis()));
            }
        }
        if (!usable.isEmpty()) {
            handOver.accept(usable);
            LOG.atInfo().addKeyValue("proxies", usable.size()).log("the last good set is known again");
        }
    }

    private Future<Map<Long, StoredProxy>> find(List<Long> ids, int from, Map<Long, StoredProxy> found) {
        if (from >= ids.size()) {
            return Future.succeededFuture(found);
        }
        List<Long> batch = ids.subList(from, Math.min(ids.size(), from + LOOKUP_BATCH));
        return new Loop(context).answer(() -> stored.apply(batch)).compose(page -> {
            page.forEach(each -> found.put(each.id(), each));
            return find(ids, from + LOOKUP_BATCH, found);
        });
    }

    private static Future<Void> run(WorkerExecutor thread, Runnable blocking) {
        return thread.executeBlocking(() -> {
            blocking.run();
            return null;
        });
    }
}
