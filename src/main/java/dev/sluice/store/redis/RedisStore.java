package dev.sluice.store.redis;

import dev.sluice.port.Vault;
import dev.sluice.store.Migrations;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.StoreException;
import dev.sluice.store.memory.FormatMigrations;
import dev.sluice.store.memory.Model;
import dev.sluice.store.memory.ModelStore;
import dev.sluice.store.memory.ModelThread;
import dev.sluice.store.memory.Part;
import dev.sluice.store.memory.QueueFile;
import dev.sluice.store.redis.RedisTruth.Ownership;
import dev.sluice.store.schema.Bounds;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the store in Redis, version 6.2 or newer, without cluster. One process owns it. */
public final class RedisStore {
    /** Most entries it takes: all of them are in memory. */
    public static final int MOST_ENTRIES = 500_000;

    static final int FORMAT = 1;

    private static final long PAUSE_MILLIS = 500;
    private static final int BUCKETS_AT_ONCE = 16;
    private static final int PAGE = 500;
    private static final Pattern POLICY = Pattern.compile("maxmemory_policy:([a-z-]+)");
    private static final Logger LOG = LoggerFactory.getLogger(RedisStore.class);

    private final Vertx vertx;
    private final RedisAddress address;
    private final ModelThread thread;
    private final Model model;
    private final Bounds bounds;
    private final Hashes hashes;
    private final long startNanos = System.nanoTime();
    private volatile Runnable gone = () -> {};

    private RedisStore(Vertx vertx, RedisAddress address, InstantSource clock, Vault vault, int mostEntries) {
        this.vertx = vertx;
        this.address = address;
        this.bounds = new Bounds(address.name());
        this.model = new Model(bounds, mostEntries, clock, vault);
        this.thread = new ModelThread("sluice-redis");
        this.hashes = new Hashes(address);
    }

    /**
     * Opens the store, which comes into being where it is missing, and the file of jobs and histories. Fails with UNAVAILABLE when Redis
     * did not answer within {@code timeout}; with LOCKED when another process owns it and did not die meanwhile; with
     * SCHEMA_NEWER, FULL or FAILED.
     *
     * @param url such as {@code redis://:password@host:port/0} or {@code redis://host:port/0#prefix}
     * @param directory where the file of jobs and histories lies
     * @param vault how passwords are stored
     */
    public static Future<ProxyStore> open(
            Vertx vertx, String url, Path directory, Duration timeout, InstantSource clock, Vault vault) {
        return open(vertx, url, directory, timeout, clock, vault, MOST_ENTRIES);
    }

    static Future<ProxyStore> open(
            Vertx vertx,
            String url,
            Path directory,
            Duration timeout,
            InstantSource clock,
            Vault vault,
            int mostEntries) {
        RedisStore opening = new RedisStore(vertx, RedisAddress.of(url), clock, vault, mostEntries);
        // Before Redis: of two processes with one directory the second one must not even try.
        return opening.thread.home(QueueFile.open(vertx, directory.resolve(QueueFile.NAME), clock, vault)
                .compose(beside -> opening.connect(timeout.toMillis())
                        .compose(link -> opening.start(link, beside, timeout.toMillis()))
                        .recover(cause -> beside.close().transform(closed -> Future.failedFuture(cause))))
                .onFailure(cause -> opening.thread.close()));
    }

    private long left(long millis) {
        return millis - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    }

    /** Tries as long as there is time. */
    private Future<RedisLink> connect(long millis) {
        return again(() -> RedisLink.open(vertx, address, () -> gone.run()), StoreException.Kind.UNAVAILABLE, millis);
    }

    private <T> Future<T> again(Supplier<Future<T>> attempt, StoreException.Kind passing, long millis) {
        return attempt.get().recover(cause -> {
            boolean hopeless = !(cause instanceof StoreException known) || known.kind() != passing;
            if (hopeless || left(millis) <= PAUSE_MILLIS) {
                return Future.failedFuture(cause);
            }
            return vertx.timer(PAUSE_MILLIS, TimeUnit.MILLISECONDS)
                    .mapEmpty()
                    .compose(waited -> again(attempt, passing, millis));
        });
    }

    private Future<ProxyStore> start(RedisLink link, ModelStore.Beside beside, long millis) {
        String token = "process " + ProcessHandle.current().pid() + host() + " (" + UUID.randomUUID() + ')';
        return again(
                        () -> take(link, token),
                        StoreException.Kind.LOCKED,
                        Math.min(millis, RedisTruth.LOCK_MILLIS + 2 * PAUSE_MILLIS))
                .compose(taken -> {
                    Ownership own = new Ownership(token, taken.get(1), Long.parseLong(taken.get(5)));
                    return load(link, taken)
                            .compose(loaded -> run(link, own, Long.parseLong(taken.get(2)), beside))
                            .recover(cause -> link.run(Scripts.LET_GO, List.of(token))
                                    .transform(any -> Future.failedFuture(cause)));
                })
                .recover(cause -> link.close().transform(any -> Future.failedFuture(cause)));
    }

    /** As the environment tells it; asking the network for the own name may take long. */
    private static String host() {
        String host = System.getenv("HOSTNAME");
        return host == null || host.isBlank() ? "" : " on " + host;
    }

    private Future<List<String>> take(RedisLink link, String token) {
        return link.run(
                        Scripts.TAKE,
                        List.of(
                                token,
                                Long.toString(RedisTruth.LOCK_MILLIS),
                                Integer.toString(FORMAT),
                                UUID.randomUUID().toString()))
                .compose(answer -> switch (answer.get(0)) {
                    case "OK" -> Future.succeededFuture(answer);
                    case "OWNER" -> Future.failedFuture(RedisTruth.locked(address, answer.get(1)));
                    default ->
                        Future.failedFuture(new StoreException(
                                StoreException.Kind.SCHEMA_NEWER,
                                address.name() + ": format " + answer.get(1) + " (expected: " + FORMAT + ')'));
                });
    }

    // loading

    private Future<Void> load(RedisLink link, List<String> taken) {
        long lastId = Long.parseLong(taken.get(4));
        String expected = taken.get(3);
        if (taken.get(2).equals(RedisTruth.UNFINISHED)) {
            return Future.failedFuture(incomplete("it was being written again when its owner died", "0", expected));
        }
        warnOfEviction(link);
        Future<Void> loaded = loadEntries(link, 0, lastId / Hashes.BUCKET);
        for (Part part : List.of(Part.SETTINGS, Part.KEYS, Part.CHUNKS)) {
            loaded = loaded.compose(before -> scan(link, part, "0"));
        }
        return loaded.compose(all -> {
            model.numberAfter(lastId);
            String there = Integer.toString(model.entries().size());
            return there.equals(expected)
                    ? Future.succeededFuture()
                    : Future.failedFuture(incomplete("entries are missing", there, expected));
        });
    }

    private StoreException incomplete(String why, String there, String expected) {
        return new StoreException(
                StoreException.Kind.FAILED,
                address.name() + ": " + why + ": " + there + " of " + expected
                        + " entries are there (expected: all; to go" + " on with those, run HSET " + address.meta()
                        + " entries " + there + " revision 0)");
    }

    /** Says what is known to go wrong with the way this Redis is set up; it is used all the same. */
    private void warnOfEviction(RedisLink link) {
        link.send(Request.cmd(Command.INFO).arg("memory")).onSuccess(info -> {
            Matcher policy = POLICY.matcher(info.toString());
            if (policy.find() && !policy.group(1).equals("noeviction")) {
                LOG.atWarn()
                        .addKeyValue("policy", policy.group(1))
                        .log("Redis may drop proxies when its memory is full (expected: maxmemory-policy noeviction)");
            }
        });
    }

    private Future<Void> loadEntries(RedisLink link, long bucket, long last) {
        if (bucket > last) {
            return Future.succeededFuture();
        }
        // Nobody else is to think this process dead meanwhile.
        Future<Void> loaded = link.send(
                        Request.cmd(Command.PEXPIRE).arg(address.owner()).arg(RedisTruth.LOCK_MILLIS))
                .mapEmpty();
        for (long b = bucket; b <= last && b < bucket + BUCKETS_AT_ONCE; b++) {
            String key = address.entries(b);
            Future<Response> values = link.send(Request.cmd(Command.HVALS).arg(key));
            loaded = loaded.compose(before -> values)
                    .compose(entries -> onThread(() -> {
                        for (int i = 0; i < entries.size(); i++) {
                            hashes.load(model, Part.ENTRIES, key, "number " + i, String.valueOf(entries.get(i)));
                        }
                        return true;
                    }))
                    .mapEmpty();
        }
        return loaded.compose(before -> loadEntries(link, bucket + BUCKETS_AT_ONCE, last));
    }

    private Future<Void> scan(RedisLink link, Part part, String cursor) {
        String key = hashes.key(part);
        return link.send(Request.cmd(Command.HSCAN)
                        .arg(key)
                        .arg(cursor)
                        .arg("COUNT")
                        .arg(PAGE))
                .compose(page -> onThread(() -> {
                            Response fields = page.get(1);
                            for (int i = 0; i + 1 < fields.size(); i += 2) {
                                String field = String.valueOf(fields.get(i));
                                hashes.load(model, part, key, field, String.valueOf(fields.get(i + 1)));
                            }
                            return true;
                        })
                        .compose(loaded -> {
                            String next = String.valueOf(page.get(0));
                            return next.equals("0") ? Future.succeededFuture() : scan(link, part, next);
                        }));
    }

    private <T> Future<T> onThread(Supplier<T> work) {
        Promise<T> done = Promise.promise();
        thread.execute(() -> {
            try {
                done.complete(work.get());
            } catch (RuntimeException e) {
                done.fail(e);
            }
        });
        return done.future();
    }

    private Future<ProxyStore> run(RedisLink link, Ownership own, long revision, ModelStore.Beside beside) {
        return onThread(() -> new RedisTruth(vertx, thread, address, model, link, own, revision))
                .compose(truth -> {
                    gone = () -> truth.gone(link);
                    ModelStore store = new ModelStore(thread, model, truth, beside, bounds);
                    return store.tidy()
                            .map((ProxyStore) store)
                            .recover(cause -> store.close().transform(closed -> Future.failedFuture(cause)));
                });
    }

    /** The format the store is in. Fails with UNAVAILABLE or FAILED. */
    public static Future<Migrations> migrations(Vertx vertx, String url, Duration timeout) {
        RedisAddress address = RedisAddress.of(url);
        return RedisLink.open(vertx, address, () -> {})
                .compose(link -> link.send(
                                Request.cmd(Command.HGET).arg(address.meta()).arg("format"))
                        .<Migrations>map(format -> new FormatMigrations(
                                address.name(), format == null ? 0 : Integer.parseInt(format.toString()), FORMAT))
                        .eventually(link::close));
    }
}
