package dev.sluice.secret;

import dev.sluice.config.SecurityConfig;
import dev.sluice.port.KeyRecord;
import dev.sluice.port.KeyRecords;
import dev.sluice.proxy.Secret;
import dev.sluice.secret.ListedKey.State;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The API keys that are kept, in memory. Checking one never waits for the database; what other instances create and revoke
 * is known after {@link #RELOAD}. Thread-safe.
 *
 * <p>Who remembers that a key was right must look at {@link #version} before believing it again.
 */
public final class ApiKeys {
    /** How often keys are read again. */
    public static final Duration RELOAD = Duration.ofSeconds(5);

    /** How often times of last use are written. */
    public static final Duration FLUSH = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(ApiKeys.class);
    private static final int PEPPER_BYTES = 32;
    private static final long NEVER = Long.MAX_VALUE;
    /** What a secret is compared with when there is no such key. */
    private static final byte[] NO_HASH = new byte[32];

    private final KeyRecords records;
    private final Peppers peppers;
    private final LongSupplier nowMillis;
    private final LongSupplier nowNanos;
    private final RandomGenerator random;

    private volatile Snapshot snapshot;
    /** A pepper nobody has, until one is needed: so that a check takes the same way with and without. */
    private volatile Pepper pepper;

    private volatile boolean peppered;

    // Guarded by this.
    private long changes;
    private boolean loading;
    private Set<String> foreign = Set.of();
    private boolean loadFails;

    private @Nullable Vertx timers;
    private long reloadTimer;
    private long flushTimer;

    /**
     * Keys that are yet to be loaded.
     *
     * @param nowMillis milliseconds since 1970-01-01T00:00Z
     * @param nowNanos the clock of {@link RequestLimits}
     */
    public ApiKeys(KeyRecords records, Peppers peppers, LongSupplier nowMillis, LongSupplier nowNanos) {
        this(records, peppers, nowMillis, nowNanos, new SecureRandom());
    }

    ApiKeys(
            KeyRecords records,
            Peppers peppers,
            LongSupplier nowMillis,
            LongSupplier nowNanos,
            RandomGenerator random) {
        this.records = records;
        this.peppers = peppers;
        this.nowMillis = nowMillis;
        this.nowNanos = nowNanos;
        this.random = random;
        byte[] nobodys = new byte[PEPPER_BYTES];
        random.nextBytes(nobodys);
        this.pepper = new Pepper(nobodys);
        this.snapshot = new Snapshot(1, List.of(), Map.of(), NEVER);
    }

    /**
     * Loads the keys with the configured pepper, or the one in {@code directory}, and keeps them up to date until they are
     * closed. Fails with {@link PepperException}, and with what the records failed with.
     */
    public static Future<ApiKeys> open(Vertx vertx, KeyRecords records, SecurityConfig security, Path directory) {
        ApiKeys keys;
        try {
            Peppers peppers =
                    security.pepper() == null ? Peppers.file(vertx, directory) : Peppers.configured(security.pepper());
            keys = new ApiKeys(records, peppers, System::currentTimeMillis, System::nanoTime);
        } catch (PepperException e) {
            return Future.failedFuture(e);
        }
        return keys.load().onSuccess(loaded -> keys.watch(vertx)).map(keys);
    }

    /** Loads the keys again and again, and writes times of last use. To be called once. */
    synchronized void watch(Vertx vertx) {
        timers = vertx;
        reloadTimer = vertx.setPeriodic(RELOAD.toMillis(), id -> reload());
        flushTimer = vertx.setPeriodic(FLUSH.toMillis(), id -> flushQuietly(current().live));
    }

    /** Ends the watch and writes times of last use. Never fails. */
    public Future<Void> close() {
        synchronized (this) {
            if (timers != null) {
                timers.cancelTimer(reloadTimer);
                timers.cancelTimer(flushTimer);
                timers = null;
            }
        }
        return flushQuietly(current().live);
    }

    /** Reads all keys. Fails with {@link PepperException}, and with what the records failed with. */
    public Future<Void> load() {
        long begun;
        synchronized (this) {
            begun = changes;
        }
        return records.all()
                // Another process may have made the pepper meanwhile: with the first key.
                .compose(all -> peppered || all.isEmpty()
                        ? Future.succeededFuture(all)
                        : peppers.read().onSuccess(this::adopt).map(all))
                .onSuccess(all -> publish(all, begun))
                .mapEmpty();
    }

    /** Grows whenever a key was created or revoked, has expired, or became known by a reload. */
    public long version() {
        return current().version;
    }

    /** Whether a key is kept that was neither revoked nor has expired, usable or not. */
    public boolean any() {
        return !current().live.isEmpty();
    }

    /** Whether a key is kept that can be used. */
    public boolean anyUsable() {
        for (ApiKey key : current().live.values()) {
            if (key.usable()) {
                return true;
            }
        }
        return false;
    }

    /**
     * The key that a text is; null when it is none, is not known, was revoked or has expired. A key that is not
     * {@link ApiKey#usable} is returned by its public part alone, for an answer that tells why.
     *
     * <p>Takes the same steps whether the public part is known or not.
     */
    public @Nullable ApiKey find(String text) {
        KeyText given = KeyText.parse(text);
        if (given == null) {
            return null;
        }
        ApiKey known = current().live.get(given.id());
        byte[] expected = known == null ? NO_HASH : known.hash();
        boolean right = MessageDigest.isEqual(expected, pepper.hash(given.secret()));
        return known != null && (right || !known.usable()) ? known : null;
    }

    /** Every key, oldest first. */
    public List<ListedKey> list() {
        Snapshot now = current();
        List<ListedKey> listed = new ArrayList<>(now.records.size());
        for (KeyRecord record : now.records) {
            ApiKey live = now.live.get(record.id());
            if (live == null) {
                listed.add(new ListedKey(record, record.revokedAtMillis() != 0 ? State.REVOKED : State.EXPIRED));
            } else {
                long used = Math.max(
                        record.lastUsedAtMillis(), live.use().lastUsedAtMillis.get());
                listed.add(new ListedKey(usedAt(record, used), live.usable() ? State.LIVE : State.OTHER_PEPPER));
            }
        }
        return listed;
    }

    /** Makes a key, which counts once the future completes. Fails with {@link PepperException}, or as the records do. */
    public Future<CreatedKey> create(NewKey wanted) {
        return neededPepper().compose(by -> {
            KeyText text = KeyText.random(random);
            KeyRecord record = new KeyRecord(
                    text.id(),
                    wanted.label(),
                    wanted.roles(),
                    wanted.credentials(),
                    by.hash(text.secret()),
                    by.id(),
                    wanted.requestsPerSecond(),
                    nowMillis.getAsLong(),
                    wanted.expiresAtMillis(),
                    0,
                    0);
            return records.add(record).map(added -> {
                change(text.id(), record);
                return new CreatedKey(record, Secret.of(text.text()));
            });
        });
    }

    /** What became of a wish to revoke. */
    public enum Revocation {
        /** The key was revoked. */
        REVOKED,
        /** It had been before. */
        REVOKED_BEFORE,
        /** There is no such key. */
        UNKNOWN
    }

    /** Revokes a key, which is refused once the future completes. Fails as the records do. */
    public Future<Revocation> revoke(String id) {
        long now = nowMillis.getAsLong();
        return records.revoke(id, now).compose(revoked -> {
            KeyRecord known = record(id);
            if (revoked && known != null) {
                Future<Void> flushed = flushQuietly(snapshot.live);
                change(id, revokedAt(known, now));
                return flushed.map(Revocation.REVOKED);
            }
            // Another instance made it, or took it back, a moment ago.
            return load().map(loaded -> {
                if (revoked) {
                    return Revocation.REVOKED;
                }
                return record(id) == null ? Revocation.UNKNOWN : Revocation.REVOKED_BEFORE;
            });
        });
    }

    /** Writes the times of last use that have changed. Fails as the records do; then they are written the next time. */
    Future<Void> flush() {
        return flush(current().live);
    }

    private Future<Void> flush(Map<String, ApiKey> live) {
        Map<String, Long> changed = new HashMap<>();
        live.forEach((id, key) -> {
            long used = key.use().lastUsedAtMillis.get();
            if (used > key.use().flushedMillis) {
                changed.put(id, used);
            }
        });
        if (changed.isEmpty()) {
            return Future.succeededFuture();
        }
        return records.used(changed)
                .onSuccess(written -> changed.forEach((id, used) -> {
                    ApiKey key = live.get(id);
                    if (key != null) {
                        key.use().flushedMillis = used;
                    }
                }));
    }

    private Future<Void> flushQuietly(Map<String, ApiKey> live) {
        return flush(live)
                .onFailure(failure -> LOG.atDebug().setCause(failure).log("times of last use could not be written"))
                .transform(done -> Future.succeededFuture());
    }

    private void reload() {
        synchronized (this) {
            if (loading) {
                return;
            }
            loading = true;
        }
        load().onComplete(loaded -> {
            boolean fails = loaded.failed();
            boolean turned;
            synchronized (this) {
                loading = false;
                turned = fails != loadFails;
                loadFails = fails;
            }
            if (turned && fails) {
                LOG.atWarn()
                        .setCause(loaded.cause())
                        .log("API keys could not be read again; those known stay in force");
            } else if (turned) {
                LOG.info("API keys are read again");
            }
        });
    }

    private Future<Pepper> neededPepper() {
        return peppered ? Future.succeededFuture(pepper) : peppers.needed().onSuccess(made -> adopt(Optional.of(made)));
    }

    private void adopt(Optional<Pepper> found) {
        found.ifPresent(known -> {
            pepper = known;
            peppered = true;
        });
    }

    private @Nullable KeyRecord record(String id) {
        for (ListedKey listed : list()) {
            if (listed.record().id().equals(id)) {
                return listed.record();
            }
        }
        return null;
    }

    private static KeyRecord revokedAt(KeyRecord of, long atMillis) {
        return new KeyRecord(
                of.id(),
                of.label(),
                of.roles(),
                of.credentials(),
                of.hash(),
                of.pepperId(),
                of.requestsPerSecond(),
                of.createdAtMillis(),
                of.expiresAtMillis(),
                atMillis,
                of.lastUsedAtMillis());
    }

    private static KeyRecord usedAt(KeyRecord of, long atMillis) {
        return new KeyRecord(
                of.id(),
                of.label(),
                of.roles(),
                of.credentials(),
                of.hash(),
                of.pepperId(),
                of.requestsPerSecond(),
                of.createdAtMillis(),
                of.expiresAtMillis(),
                of.revokedAtMillis(),
                atMillis);
    }

    /** The snapshot in force; what has expired by now is not in it. */
    private Snapshot current() {
        Snapshot known = snapshot;
        return nowMillis.getAsLong() < known.nextExpiryMillis ? known : expire();
    }

    private synchronized Snapshot expire() {
        Snapshot known = snapshot;
        if (nowMillis.getAsLong() >= known.nextExpiryMillis) {
            // Of what expires now nobody would write it later.
            flushQuietly(known.live);
            snapshot = snapshot(known.records, true);
        }
        return snapshot;
    }

    /** Puts one record into force that the store has already. */
    private synchronized void change(String id, KeyRecord record) {
        changes++;
        Map<String, KeyRecord> all = new LinkedHashMap<>();
        snapshot.records.forEach(known -> all.put(known.id(), known));
        all.put(id, record);
        snapshot = snapshot(List.copyOf(all.values()), true);
    }

    /** Puts everything that was read into force, unless it may be older than what is known. */
    private synchronized void publish(List<KeyRecord> all, long begun) {
        if (begun != changes) {
            return;
        }
        Snapshot known = snapshot;
        snapshot = snapshot(List.copyOf(all), !sameRights(known.records, all) || !sameUse(known.live, all));
        tellForeign();
    }

    /** Whether every key that is live in memory would be usable or not as before. */
    private boolean sameUse(Map<String, ApiKey> live, List<KeyRecord> all) {
        String own = pepper.id();
        for (KeyRecord record : all) {
            ApiKey key = live.get(record.id());
            if (key != null && key.usable() != record.pepperId().equals(own)) {
                return false;
            }
        }
        return true;
    }

    private static boolean sameRights(List<KeyRecord> one, List<KeyRecord> other) {
        if (one.size() != other.size()) {
            return false;
        }
        for (int i = 0; i < one.size(); i++) {
            if (!sameRights(one.get(i), other.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean sameRights(KeyRecord one, KeyRecord other) {
        return one.id().equals(other.id())
                && one.label().equals(other.label())
                && one.roles().equals(other.roles())
                && one.credentials() == other.credentials()
                && MessageDigest.isEqual(one.hash(), other.hash())
                && one.pepperId().equals(other.pepperId())
                && one.requestsPerSecond() == other.requestsPerSecond()
                && one.expiresAtMillis() == other.expiresAtMillis()
                && one.revokedAtMillis() == other.revokedAtMillis();
    }

    /** A snapshot of records as of now; what is known of the use of a key goes on. */
    private Snapshot snapshot(List<KeyRecord> all, boolean changed) {
        Snapshot before = snapshot;
        long now = nowMillis.getAsLong();
        long nextExpiry = NEVER;
        String own = pepper.id();
        Map<String, ApiKey> live = new HashMap<>();
        for (KeyRecord record : all) {
            long expires = record.expiresAtMillis() == 0 ? NEVER : record.expiresAtMillis();
            if (record.revokedAtMillis() != 0 || expires <= now) {
                continue;
            }
            nextExpiry = Math.min(nextExpiry, expires);
            ApiKey known = before.live.get(record.id());
            ApiKey.Use use = known == null
                    ? new ApiKey.Use(Gcra.fresh(nowNanos.getAsLong()), record.lastUsedAtMillis())
                    : known.use();
            live.put(record.id(), new ApiKey(record, record.pepperId().equals(own), use));
        }
        if (live.isEmpty() && !before.live.isEmpty()) {
            LOG.warn("the last API key was revoked or has expired");
        }
        boolean other = changed || !live.keySet().equals(before.live.keySet());
        return new Snapshot(before.version + (other ? 1 : 0), all, live, nextExpiry);
    }

    /** Says once that keys cannot be used. */
    private void tellForeign() {
        Set<String> now = new TreeSet<>();
        Set<String> theirs = new TreeSet<>();
        for (ApiKey key : snapshot.live.values()) {
            if (!key.usable()) {
                now.add(key.id());
                theirs.add(key.record().pepperId());
            }
        }
        if (!now.isEmpty() && !now.equals(foreign)) {
            LOG.atError()
                    .addKeyValue("keys", now)
                    .addKeyValue("made_with", theirs)
                    .addKeyValue("pepper", peppered ? pepper.id() : "none")
                    .log("API keys cannot be used: they were made with another pepper (security.pepper, or the file"
                            + " sluice.pepper)");
        }
        foreign = now;
    }

    /**
     * The keys at a moment. Immutable, but for what {@link ApiKey} says of itself.
     *
     * @param records all of them, oldest first
     * @param live by id, those that were neither revoked nor have expired
     * @param nextExpiryMillis when the next of them expires
     */
    private record Snapshot(long version, List<KeyRecord> records, Map<String, ApiKey> live, long nextExpiryMillis) {}
}
