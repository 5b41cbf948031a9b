package dev.sluice.store.memory;

import dev.sluice.message.CandidatesFound;
import dev.sluice.message.CandidatesKept;
import dev.sluice.port.CredentialChange;
import dev.sluice.port.CredentialRow;
import dev.sluice.port.CredentialRows;
import dev.sluice.port.GeoCache;
import dev.sluice.port.JobRecords;
import dev.sluice.port.KeyRecord;
import dev.sluice.port.KeyRecords;
import dev.sluice.port.Merge;
import dev.sluice.port.ProxyHistory;
import dev.sluice.port.SeriesHistory;
import dev.sluice.port.Settings;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.CheckBatch;
import dev.sluice.store.ChunkKept;
import dev.sluice.store.Counting;
import dev.sluice.store.Deferral;
import dev.sluice.store.DueLevel;
import dev.sluice.store.HealthChange;
import dev.sluice.store.HistoryLimits;
import dev.sluice.store.HistoryRecords;
import dev.sluice.store.ImportChunk;
import dev.sluice.store.ImportTotals;
import dev.sluice.store.Located;
import dev.sluice.store.ProxySearch;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.StoreException;
import dev.sluice.store.TakenProxy;
import dev.sluice.store.schema.Bounds;
import dev.sluice.store.schema.JobRules;
import dev.sluice.store.schema.Sealing;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store whose model lives in memory. A future of something that changes the store completes when what it changed, and
 * all before it, was written to the {@link Truth}; queries see changes a little earlier. Jobs live beside it.
 *
 * <p>Entries of a chunk and its checkpoint are one write; the lease is looked up in the jobs just before. Where it is lost
 * in between, both workers may store the same chunk: the number of a chunk says what is in it, so the second one changes
 * nothing.
 */
public class ModelStore implements ProxyStore {
    /** Calls that may wait, as with SQLite. */
    static final int MAX_WAITING = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(ModelStore.class);

    private final Turns turns;
    private final Model model;
    private final Truth truth;
    private final Bounds bounds;
    private final Commits commits;
    private final Beside beside;
    private final AtomicInteger waiting = new AtomicInteger();
    private final ModelSettings settings = new ModelSettings();
    private final ModelKeys keys = new ModelKeys();
    private final ModelCredentials credentials = new ModelCredentials();
    private final Sealing sealing;
    private final RoomyHistory history;
    private @Nullable Future<Void> closed;

    /** What a store keeps beside its model: what grows without an end, and what nobody wants in memory as a whole. */
    public interface Beside {
        /** The jobs. */
        JobRecords jobs();

        /** Histories. */
        HistoryRecords history();

        /** Answers about addresses. */
        GeoCache geoCache();

        /** Stores what happened to proxies; a batch that was stored before changes nothing. */
        Future<Void> happened(CheckBatch batch);

        /** As {@link ProxyStore#answers}. */
        boolean answers();

        /** Closes all of it. */
        Future<Void> close();
    }

    /**
     * Takes over all of it.
     *
     * @param turns the thread {@code model} is confined to from now on; closed with the store
     * @param bounds with the name of the store in messages
     */
    public ModelStore(Turns turns, Model model, Truth truth, Beside beside, Bounds bounds) {
        this.turns = turns;
        this.model = model;
        this.truth = truth;
        this.beside = beside;
        this.bounds = bounds;
        this.commits = new Commits(turns, truth);
        this.sealing = new Sealing(model.vault(), settings, bounds.database());
        this.history = new RoomyHistory(beside.history());
    }

    /** Removes chunks of imports whose jobs are no more. */
    public Future<Void> tidy() {
        return ask("listing imports", model::imports).compose(imports -> {
            Future<Void> done = Future.succeededFuture();
            for (String job : imports) {
                done = done.compose(before -> beside.jobs().get(job))
                        .compose(known -> known.isPresent() ? Future.succeededFuture() : forget(job));
            }
            return done;
        });
    }

    private Future<Void> forget(String job) {
        return change("forgetting an import", () -> {
                    model.forgetImport(job);
                    return true;
                })
                .mapEmpty();
    }

    /** Asks the model. */
    private <T> Future<T> ask(String action, Supplier<T> query) {
        return run(action, promise -> {
            StoreException refusal = truth.refusal();
            if (refusal != null) {
                promise.fail(refusal);
            } else {
                promise.complete(query.get());
            }
        });
    }

    /** Changes the model: all of it happens, or nothing. */
    private <T> Future<T> change(String action, Supplier<T> change) {
        return run(action, promise -> {
            StoreException refusal = truth.changeRefusal();
            if (refusal != null) {
                promise.fail(refusal);
                return;
            }
            Result<T> result = new Result<>();
            List<Step<?, ?>> steps = model.note(() -> result.value = change.get());
            commits.add(steps, result.value, promise);
        });
    }

    private static final class Result<T> {
        @SuppressWarnings("NullAway.Init") // set by the change
        private T value;
    }

    private interface Work<T> {
        void run(Promise<T> promise);
    }

    private <T> Future<T> run(String action, Work<T> work) {
        if (waiting.incrementAndGet() > MAX_WAITING) {
            waiting.decrementAndGet();
            return Future.failedFuture(
                    unavailable(MAX_WAITING + " calls wait before " + action + " (expected: fewer)"));
        }
        Promise<T> promise = Promise.promise();
        promise.future().onComplete(done -> waiting.decrementAndGet());
        synchronized (this) {
            if (closed != null) {
                promise.fail(unavailable("closed before " + action));
                return promise.future();
            }
            turns.execute(() -> {
                try {
                    work.run(promise);
                } catch (StoreException e) {
                    promise.tryFail(e);
                } catch (RuntimeException e) {
                    LOG.atError().addKeyValue("action", action).setCause(e).log("a call of the store failed");
                    promise.tryFail(new StoreException(
                            StoreException.Kind.FAILED,
                            bounds.database() + ": " + action + " failed: " + e.getMessage(),
                            e));
                }
            });
        }
        return turns.home(promise.future());
    }

    private StoreException unavailable(String what) {
        return new StoreException(StoreException.Kind.UNAVAILABLE, bounds.database() + ": " + what);
    }

    @Override
    public Future<CandidatesKept> keep(CandidatesFound batch, Merge merge) {
        return sealing.ready(batch).compose(ready -> change("keep", () -> model.keep(batch, merge)));
    }

    @Override
    public Future<ChunkKept> keepChunk(ImportChunk chunk, Merge merge) {
        return sealing.ready(chunk.entries())
                .compose(ready -> beside.jobs().get(chunk.job()))
                .compose(job -> {
                    if (job.isEmpty() || !JobRules.holds(job.get(), chunk.leaseToken())) {
                        return Future.failedFuture(bounds.leaseLost(chunk));
                    }
                    Future<ChunkKept> kept = change("keepChunk", () -> model.keepChunk(chunk, merge));
                    return chunk.number() > 0 ? kept : kept.onSuccess(first -> tidyUp());
                });
    }

    private void tidyUp() {
        tidy().onFailure(cause ->
                LOG.atDebug().setCause(cause).log("Chunks of imports that are no more stay until the next import"));
    }

    /** Waits for what is being written: what an import goes on from must not be taken back behind it. */
    @Override
    public Future<ImportTotals> imported(String job) {
        return change("imported", () -> model.imported(job));
    }

    @Override
    public Future<Integer> endListing(String source, long fetchedAtMillis) {
        return change("endListing", () -> model.endListing(source, fetchedAtMillis));
    }

    @Override
    public Future<List<TakenProxy>> takeDue(
            long nowMillis, int lowestPriority, int highestPriority, int limit, long leaseMillis) {
        return ask("takeDue", () -> {
            bounds.priorities("takeDue", lowestPriority, highestPriority);
            return model.takeDue(nowMillis, lowestPriority, highestPriority, limit, leaseMillis);
        });
    }

    @Override
    public Future<List<DueLevel>> backlog(long nowMillis) {
        return ask("backlog", () -> model.backlog(nowMillis));
    }

    @Override
    public Future<Void> giveBack(List<Long> ids) {
        List<Long> copy = List.copyOf(ids);
        return ask("giveBack", () -> {
                    model.giveBack(copy);
                    return true;
                })
                .mapEmpty();
    }

    /**
     * What happened is stored first, and beside the states: where they cannot be written after it, the call fails, and what
     * happened is there once when it comes again.
     */
    @Override
    public Future<Integer> write(List<HealthChange> changes, @Nullable CheckBatch happened) {
        List<HealthChange> copy = List.copyOf(changes);
        Future<Void> noted =
                happened == null || happened.events().isEmpty() ? Future.succeededFuture() : beside.happened(happened);
        return noted.compose(done -> change("write", () -> model.write(copy)).onComplete(history::wrote));
    }

    @Override
    public Future<List<StoredProxy>> alive(long afterId, int limit) {
        return ask(
                "alive",
                () -> model.select(afterId, limit, entry -> entry.health().alive()));
    }

    @Override
    public Future<List<StoredProxy>> page(long afterId, int limit) {
        return ask("page", () -> {
            bounds.limit("page", limit);
            return model.select(afterId, limit, entry -> true);
        });
    }

    @Override
    public Future<List<StoredProxy>> get(List<Long> ids) {
        List<Long> copy = List.copyOf(ids);
        return ask("get", () -> {
            bounds.ids("get", copy.size());
            return model.get(copy);
        });
    }

    @Override
    public Future<Integer> expedite(List<Long> ids, int priority, long nowMillis) {
        List<Long> copy = List.copyOf(ids);
        return ask("expedite", () -> {
            bounds.ids("expedite", copy.size());
            bounds.priority("expedite", priority);
            return model.expedite(copy, priority, nowMillis);
        });
    }

    @Override
    public Future<Integer> defer(List<Deferral> deferrals, long nowMillis) {
        List<Deferral> copy = List.copyOf(deferrals);
        return ask("defer", () -> {
            bounds.ids("defer", copy.size());
            return model.defer(copy, nowMillis);
        });
    }

    @Override
    public Future<Boolean> override(long id, @Nullable ManualOverride override) {
        return change("override", () -> model.override(id, override));
    }

    @Override
    public Future<Integer> locate(List<Located> located, long nowMillis) {
        List<Located> copy = List.copyOf(located);
        return change("locate", () -> {
            bounds.located(copy.size());
            return model.locate(copy);
        });
    }

    @Override
    public Future<List<StoredProxy>> turnedSince(long sinceMillis, long afterId, int limit) {
        return ask("turnedSince", () -> {
            bounds.limit("turnedSince", limit);
            return model.select(afterId, limit, entry -> entry.turnedSince(sinceMillis));
        });
    }

    @Override
    public Settings settings() {
        return settings;
    }

    @Override
    public KeyRecords keys() {
        return keys;
    }

    @Override
    public JobRecords jobs() {
        return beside.jobs();
    }

    @Override
    public Future<Optional<StoredProxy>> find(ProxyKey key) {
        return sealing.ready(key).compose(ready -> ask("find", () -> model.find(key)));
    }

    @Override
    public Counting counting() {
        return (afterId, limit) -> ask("counting", () -> {
            bounds.limit("counting", limit);
            return model.slice(afterId, limit);
        });
    }

    @Override
    public ProxySearch search() {
        return query -> ask("searching", () -> model.search(query));
    }

    @Override
    public GeoCache geoCache() {
        return beside.geoCache();
    }

    @Override
    public HistoryRecords history() {
        return history;
    }

    @Override
    public CredentialRows credentials() {
        return credentials;
    }

    @Override
    public boolean answers() {
        return truth.answers() && beside.answers();
    }

    @Override
    public Future<Integer> archive(long deadSinceMillis, int limit) {
        return change("archive", () -> model.archive(deadSinceMillis, limit));
    }

    /** Writes what waits, without a pause. */
    @Override
    public Future<Void> close() {
        Promise<Void> promise = Promise.promise();
        synchronized (this) {
            if (closed != null) {
                return closed;
            }
            turns.execute(() -> commits.idle()
                    .compose(idle -> Future.join(truth.close(), beside.close()))
                    .<Void>mapEmpty()
                    .onComplete(result -> {
                        turns.close();
                        promise.handle(result);
                    }));
            closed = turns.home(promise.future());
            return closed;
        }
    }

    private final class ModelSettings implements Settings {
        @Override
        public Future<Map<String, String>> all() {
            return ask("reading settings", () -> Map.copyOf(model.settings().map()));
        }

        @Override
        public Future<Void> put(String name, String value) {
            return change("setting " + name, () -> {
                        bounds.setting(name, value);
                        model.settings().put(name, value);
                        return true;
                    })
                    .mapEmpty();
        }

        @Override
        public Future<String> putIfAbsent(String name, String value) {
            return change("setting " + name, () -> {
                bounds.setting(name, value);
                String known = model.settings().get(name);
                if (known == null) {
                    model.settings().put(name, value);
                }
                return known == null ? value : known;
            });
        }

        @Override
        public Future<Void> remove(String name) {
            return change("removing setting " + name, () -> {
                        model.settings().remove(name);
                        return true;
                    })
                    .mapEmpty();
        }
    }

    private final class ModelCredentials implements CredentialRows {
        @Override
        public Future<List<CredentialRow>> plain(long afterId, int limit) {
            return rows("passwords in the clear", afterId, limit, true);
        }

        @Override
        public Future<List<CredentialRow>> page(long afterId, int limit) {
            return rows("stored passwords", afterId, limit, false);
        }

        private Future<List<CredentialRow>> rows(String action, long afterId, int limit, boolean plainOnly) {
            return ask(action, () -> {
                bounds.limit(action, limit);
                return model.credentials(afterId, limit, plainOnly);
            });
        }

        @Override
        public Future<Written> write(List<CredentialChange> changes, long nowMillis) {
            List<CredentialChange> copy = List.copyOf(changes);
            return change("encrypting", () -> model.reseal(copy, nowMillis));
        }

        @Override
        public Future<Map<String, Long>> count() {
            return ask("counting passwords", model::countCredentials);
        }

        /** What a file was before holds what was overwritten, until the file is written once more. */
        @Override
        public Future<Void> settle() {
            return change("settling", () -> {
                        model.touch();
                        return true;
                    })
                    .mapEmpty();
        }
    }

    /** Histories, which are not given up where that would make no room: where the states are, and not they, found none. */
    private static final class RoomyHistory implements HistoryRecords {
        private final HistoryRecords kept;
        private volatile boolean fullElsewhere;

        RoomyHistory(HistoryRecords kept) {
            this.kept = kept;
        }

        /** How writing states ended. */
        void wrote(AsyncResult<?> result) {
            fullElsewhere = result.failed()
                    && result.cause() instanceof StoreException known
                    && known.kind() == StoreException.Kind.FULL;
        }

        @Override
        public Future<Long> shorten() {
            return fullElsewhere ? Future.succeededFuture(0L) : kept.shorten();
        }

        @Override
        public Future<ProxyHistory> of(long id, long sinceMillis, int limit) {
            return kept.of(id, sinceMillis, limit);
        }

        @Override
        public Future<Step> fold(HistoryLimits limits, long nowMillis) {
            return kept.fold(limits, nowMillis);
        }

        @Override
        public Future<Trim> trim(HistoryLimits limits, long nowMillis, long afterId, int limit) {
            return kept.trim(limits, nowMillis, afterId, limit);
        }

        @Override
        public SeriesHistory series() {
            return kept.series();
        }
    }

    private final class ModelKeys implements KeyRecords {
        @Override
        public Future<List<KeyRecord>> all() {
            return ask("reading keys", () -> model.keysByAge());
        }

        @Override
        public Future<Void> add(KeyRecord key) {
            return change("adding a key", () -> {
                        bounds.key(key);
                        if (model.keys().get(key.id()) != null) {
                            throw bounds.taken(key);
                        }
                        model.keys().put(key.id(), key);
                        return true;
                    })
                    .mapEmpty();
        }

        @Override
        public Future<Boolean> revoke(String id, long atMillis) {
            return change("revoking a key", () -> {
                bounds.revokedAt(atMillis);
                return model.revoke(id, atMillis);
            });
        }

        @Override
        public Future<Void> used(Map<String, Long> lastUsedAtMillis) {
            Map<String, Long> copy = Map.copyOf(lastUsedAtMillis);
            return change("noting the use of keys", () -> {
                        model.used(copy);
                        return true;
                    })
                    .mapEmpty();
        }
    }
}
