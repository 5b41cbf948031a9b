package dev.sluice.store.redis;

import dev.sluice.store.StoreException;
import dev.sluice.store.memory.Contents;
import dev.sluice.store.memory.Entry;
import dev.sluice.store.memory.Model;
import dev.sluice.store.memory.Part;
import dev.sluice.store.memory.Step;
import dev.sluice.store.memory.Truth;
import dev.sluice.store.memory.Turns;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The model in Redis. A write is one script, which shows the token of the lock and the revision it builds upon: it changes
 * everything or nothing, and nothing where another process owns the store or Redis is not what it was. Confined to the
 * thread of the model.
 *
 * <p>Where no answer comes it is not known whether Redis wrote. The model takes the steps back and changes nothing until
 * Redis says which commit was its latest; if it was that one, the steps are done again.
 *
 * <p>Redis may forget: a restart without its last seconds, or FLUSHALL. The model has everything, so it is written again.
 */
final class RedisTruth implements Truth {
    /** How long a lock holds that nobody renews: how long after a kill the next process waits. */
    static final long LOCK_MILLIS = 15_000;

    private static final long RENEW_MILLIS = LOCK_MILLIS / 3;
    private static final long FIRST_RETRY_MILLIS = 100;
    private static final long LAST_RETRY_MILLIS = 5_000;
    private static final int STEPS = 2_000;
    private static final String ANY = "*";
    /** Revision of a store that is being written again as a whole. */
    static final String UNFINISHED = "-1";

    private static final Logger LOG = LoggerFactory.getLogger(RedisTruth.class);

    private final Vertx vertx;
    private final Turns turns;
    private final RedisAddress address;
    private final Model model;
    private final Hashes hashes;
    private final Ownership own;
    private RedisLink link;
    private long revision;
    /** In Redis: the model may be ahead. */
    private int entries;

    private long heldUntilNanos;
    private volatile @Nullable StoreException lost;
    private volatile @Nullable StoreException trouble;
    private @Nullable Commit unresolved;
    private boolean sending;
    private volatile boolean closed;
    private long retryMillis = FIRST_RETRY_MILLIS;

    /** What was sent, and may have arrived. */
    private record Commit(String name, List<Step<?, ?>> steps) {
        /** How many entries more there are. */
        int added() {
            int added = 0;
            for (Step<?, ?> step : steps) {
                if (step.table().part() == Part.ENTRIES) {
                    added += (step.after() == null ? 0 : 1) - (step.before() == null ? 0 : 1);
                }
            }
            return added;
        }
    }

    /**
     * That this process owns a store.
     *
     * @param token value of the lock, says whose it is
     * @param store its name
     * @param term how many owners it has had
     */
    record Ownership(String token, String store, long term) {}

    /** @param link where {@code own} was had, and {@code revision} */
    RedisTruth(
            Vertx vertx, Turns turns, RedisAddress address, Model model, RedisLink link, Ownership own, long revision) {
        this.vertx = vertx;
        this.turns = turns;
        this.address = address;
        this.model = model;
        this.hashes = new Hashes(address);
        this.link = link;
        this.own = own;
        this.revision = revision;
        this.entries = model.entries().size();
        held(System.nanoTime());
        turns.after(RENEW_MILLIS, this::renew);
    }

    /** The lock was renewed after this moment. */
    private void held(long sentNanos) {
        heldUntilNanos = sentNanos + TimeUnit.MILLISECONDS.toNanos(LOCK_MILLIS);
    }

    @Override
    public @Nullable StoreException refusal() {
        if (lost == null && System.nanoTime() - heldUntilNanos > 0) {
            StoreException reason = trouble;
            return new StoreException(
                    StoreException.Kind.UNAVAILABLE,
                    address.name() + ": the lock could not be renewed for " + LOCK_MILLIS + " ms"
                            + (reason == null ? "" : ": " + reason.getMessage()));
        }
        return lost;
    }

    @Override
    public @Nullable StoreException changeRefusal() {
        StoreException refusal = refusal();
        return refusal == null ? trouble : refusal;
    }

    @Override
    public boolean answers() {
        return lost == null && trouble == null;
    }

    @Override
    public int mostSteps() {
        return STEPS;
    }

    @Override
    public Future<Void> write(List<Step<?, ?>> steps) {
        StoreException refusal = changeRefusal();
        if (refusal != null) {
            return Future.failedFuture(refusal);
        }
        Commit commit = new Commit(UUID.randomUUID().toString(), steps);
        Promise<Void> written = Promise.promise();
        int after = entries + commit.added();
        List<String> arguments =
                heading(Long.toString(revision), Long.toString(revision + 1), commit.name, after, model.lastId());
        arguments.addAll(hashes.arguments(steps));
        unresolved = commit;
        sending = true;
        here(
                link.run(Scripts.WRITE, arguments),
                answer -> {
                    StoreException failure = outcome(answer);
                    if (failure == null) {
                        revision++;
                        entries = after;
                        unresolved = null;
                        sending = false;
                        written.tryComplete();
                        return;
                    }
                    unresolved = null;
                    failed(written, failure);
                },
                cause -> {
                    if (cause.kind() == StoreException.Kind.UNAVAILABLE) {
                        // Nothing was heard: it may have been written.
                        troubled(cause);
                    } else {
                        unresolved = null;
                    }
                    failed(written, cause);
                });
        return written.future();
    }

    private void failed(Promise<Void> written, StoreException cause) {
        written.tryFail(cause);
        // Behind the model, which now takes the steps back.
        turns.execute(() -> sending = false);
    }

    /** What every write begins with. */
    private List<String> heading(String expected, String next, String commit, int entries, long lastId) {
        List<String> arguments = new ArrayList<>();
        arguments.add(own.token);
        arguments.add(expected);
        arguments.add(next);
        arguments.add(commit);
        arguments.add(Integer.toString(entries));
        arguments.add(Long.toString(lastId));
        arguments.add(own.store);
        arguments.add(Long.toString(own.term));
        arguments.add(Integer.toString(RedisStore.FORMAT));
        return arguments;
    }

    /** What the answer to a write means; null for that it was written. */
    private @Nullable StoreException outcome(List<String> answer) {
        return switch (answer.get(0)) {
            case "OK" -> null;
            case "OWNER" -> lost(answer.get(1));
            case "TYPE" ->
                new StoreException(
                        StoreException.Kind.FAILED,
                        address.name() + ": key " + answer.get(1) + ": not a hash (expected: one of this store)");
            default -> {
                StoreException changed = new StoreException(
                        StoreException.Kind.UNAVAILABLE,
                        address.name() + ": not as it was left (expected: revision " + revision + ')');
                troubled(changed);
                yield changed;
            }
        };
    }

    private StoreException lost(String owner) {
        StoreException failure = locked(address, owner);
        if (lost == null) {
            lost = failure;
            LOG.atError().addKeyValue("store", address.name()).log(failure.getMessage());
        }
        return failure;
    }

    static StoreException locked(RedisAddress address, String owner) {
        return new StoreException(
                StoreException.Kind.LOCKED,
                address.name() + " is owned by " + owner + " (expected: no other process on these keys)");
    }

    /** Runs what follows on the thread of the model. */
    private <T> void here(Future<T> future, Consumer<T> success, Consumer<StoreException> failure) {
        future.onComplete(result -> turns.execute(() -> {
            if (result.succeeded()) {
                success.accept(result.result());
            } else {
                failure.accept(known(result.cause()));
            }
        }));
    }

    private StoreException known(Throwable cause) {
        return cause instanceof StoreException store
                ? store
                : new StoreException(StoreException.Kind.FAILED, address.name() + ": " + cause.getMessage(), cause);
    }

    // the lock

    private List<String> tending() {
        return List.of(own.token, Long.toString(LOCK_MILLIS), Long.toString(own.term), own.store);
    }

    private void renew() {
        if (closed || lost != null) {
            return;
        }
        turns.after(RENEW_MILLIS, this::renew);
        if (trouble == null) {
            RedisLink tended = link;
            long sentNanos = System.nanoTime();
            here(
                    tended.run(Scripts.TEND, tending()),
                    answer -> {
                        if (tended == link && trouble == null) {
                            compare(answer, sentNanos);
                        }
                    },
                    cause -> {
                        if (tended == link) {
                            troubled(cause);
                        }
                    });
        }
    }

    /** The connection has ended. */
    void gone(RedisLink which) {
        turns.execute(() -> {
            if (which == link) {
                troubled(new StoreException(
                        StoreException.Kind.UNAVAILABLE, address.name() + ": the connection has ended"));
            }
        });
    }

    /** Whether Redis is as the model believes. */
    private void compare(List<String> answer, long sentNanos) {
        if (answer.get(0).equals("OWNER")) {
            lost(answer.get(1));
            return;
        }
        held(sentNanos);
        if (!answer.get(1).equals(own.store) || !answer.get(2).equals(Long.toString(revision))) {
            troubled(new StoreException(
                    StoreException.Kind.UNAVAILABLE,
                    address.name() + ": revision " + answer.get(2) + " (expected: " + revision + ')'));
        }
    }

    // trouble

    private void troubled(StoreException reason) {
        if (closed || lost != null || trouble != null) {
            return;
        }
        trouble = reason;
        LOG.atWarn()
                .addKeyValue("store", address.name())
                .log("Nothing can be written until Redis answers as it should: {}", reason.getMessage());
        retryMillis = FIRST_RETRY_MILLIS;
        turns.after(retryMillis, this::recover);
    }

    private void recover() {
        if (closed || lost != null) {
            return;
        }
        RedisLink[] opened = new RedisLink[1];
        Future<List<String>> tended = link.close()
                .compose(ended -> RedisLink.open(vertx, address, () -> {
                    RedisLink mine = opened[0];
                    if (mine != null) {
                        gone(mine);
                    }
                }))
                .compose(connected -> {
                    opened[0] = connected;
                    return closed
                            ? connected.close().compose(ended -> Future.failedFuture("closed meanwhile"))
                            : connected.run(Scripts.TEND, tending());
                });
        long sentNanos = System.nanoTime();
        here(
                tended,
                answer -> {
                    link = opened[0];
                    resolve(answer, sentNanos);
                },
                cause -> {
                    if (opened[0] != null) {
                        link = opened[0];
                    }
                    later(cause);
                });
    }

    private void later(StoreException cause) {
        trouble = cause;
        retryMillis = Math.min(2 * retryMillis, LAST_RETRY_MILLIS);
        turns.after(retryMillis, this::recover);
    }

    private void resolve(List<String> answer, long sentNanos) {
        if (closed) {
            return;
        }
        StoreException reason = trouble;
        if (sending && reason != null) {
            // The model has not yet taken back what was sent last.
            later(reason);
            return;
        }
        if (answer.get(0).equals("OWNER")) {
            lost(answer.get(1));
            return;
        }
        held(sentNanos);
        Commit sent = unresolved;
        long there = answer.get(2).isEmpty() ? -1 : Long.parseLong(answer.get(2));
        if (there == revision) {
            over("Redis answers again");
        } else if (sent != null && there == revision + 1 && answer.get(3).equals(sent.name)) {
            sent.steps.forEach(Step::redo);
            revision++;
            entries += sent.added();
            over("Redis answers again, and had written what it was sent last");
        } else if (there < revision) {
            writeAll(there);
        } else {
            StoreException changed = new StoreException(
                    StoreException.Kind.FAILED,
                    address.name() + ": revision " + there + ": something else has written (expected: " + revision
                            + ", and one process only)");
            lost = changed;
            LOG.atError().addKeyValue("store", address.name()).log(changed.getMessage());
        }
    }

    private void over(String how) {
        unresolved = null;
        trouble = null;
        LOG.atInfo().addKeyValue("store", address.name()).log(how);
    }

    /** Redis has an older state, or none: it gets what is in memory. */
    private void writeAll(long there) {
        unresolved = null;
        Contents contents = Contents.of(model);
        List<Entry> all = contents.entries();
        int count = all.size();
        long lastId = contents.lastId();
        LOG.atError()
                .addKeyValue("store", address.name())
                .addKeyValue("revision", there)
                .addKeyValue("expected", revision)
                .addKeyValue("entries", count)
                .log("Redis has lost what it had been given; it is written again from memory");
        List<String> small = heading(ANY, UNFINISHED, "", count, lastId);
        small.addAll(hashes.arguments(contents));
        Future<?> done = link.send(Request.cmd(Command.DEL)
                        .arg(hashes.key(Part.SETTINGS))
                        .arg(hashes.key(Part.KEYS))
                        .arg(hashes.key(Part.CHUNKS)))
                .compose(deleted -> accepted(small));
        for (int from = 0; from < count; from += STEPS) {
            List<Entry> some = all.subList(from, Math.min(count, from + STEPS));
            done = done.compose(before -> {
                List<String> arguments = heading(UNFINISHED, UNFINISHED, "", count, lastId);
                arguments.addAll(hashes.entries(some));
                return accepted(arguments);
            });
        }
        long last = revision;
        here(
                done.compose(before -> accepted(heading(UNFINISHED, Long.toString(last), "", count, lastId))),
                written -> {
                    entries = count;
                    over("Redis has everything again");
                },
                this::later);
    }

    private Future<Void> accepted(List<String> arguments) {
        return link.run(Scripts.WRITE, arguments)
                .compose(answer -> answer.get(0).equals("OK")
                        ? Future.succeededFuture()
                        : Future.failedFuture(new StoreException(
                                StoreException.Kind.UNAVAILABLE,
                                address.name() + ": writing everything again was refused: "
                                        + String.join(" ", answer))));
    }

    @Override
    public Future<Void> close() {
        closed = true;
        RedisLink open = link;
        return open.run(Scripts.LET_GO, List.of(own.token)).otherwiseEmpty().compose(released -> open.close());
    }
}
