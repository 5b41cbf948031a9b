package dev.sluice.secret;

import dev.sluice.config.EncryptionConfig;
import dev.sluice.port.CredentialDigest;
import dev.sluice.port.Settings;
import dev.sluice.port.Vault;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Secret;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encrypts passwords of proxies with AES-256-GCM of Tink, each bound to its row; digests of credentials are HMACs under a
 * key that the database holds, encrypted too. One belongs to one database. Thread-safe.
 *
 * <p>Keys are read when it is opened, when somebody asks for it ({@link #refresh}), and, once a second at most, when
 * something is met that no known key opens. A key that was read once is not forgotten before the process ends: what is in
 * memory stays usable while keys are rotated.
 */
public final class CredentialVault implements Vault {
    /** The setting that holds the key of digests, encrypted. */
    static final String DIGEST_KEY = "credentials.digest-key";

    private static final Logger LOG = LoggerFactory.getLogger(CredentialVault.class);
    private static final byte[] PASSWORD_CONTEXT = "sluice proxy password 1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TEXT_CONTEXT = "sluice text 1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DIGEST_CONTEXT = "sluice digest-key 1".getBytes(StandardCharsets.US_ASCII);
    private static final String HMAC = "HmacSHA256";
    private static final int DIGEST_KEY_BYTES = 32;
    private static final int DIGEST_BYTES = 16;
    private static final long READ_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long TELL_AGAIN_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final long FAILS_NANOS = TimeUnit.MINUTES.toNanos(5);
    private static final long LEARN_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long NEVER = Long.MIN_VALUE;
    private static final Future<Void> READY = Future.succeededFuture();

    private final KeySource source;
    private final boolean seals;
    private final Blocking blocking;
    private final LongSupplier nanoClock;
    private final SecureRandom random = new SecureRandom();
    private final @Nullable Counter unavailable;
    private final Object reading = new Object();
    private final Object telling = new Object();

    private volatile KeyRing ring;
    private volatile List<EncryptionKey> sourceKeys;
    private volatile @Nullable Mac digests;
    private volatile long failedNanos = NEVER;
    private @Nullable Future<Void> preparing;
    private long readNanos;
    private long toldNanos;
    private long untold;
    private boolean told;
    private boolean readingFails;
    private long learntNanos = NEVER;
    private boolean learningFails;

    /** Where blocking work is done. */
    @FunctionalInterface
    interface Blocking {
        <T> Future<T> run(Callable<T> work);
    }

    /**
     * Reads the keys. Blocks.
     *
     * @throws EncryptionKeyException when they cannot be used
     */
    CredentialVault(
            KeySource source,
            boolean seals,
            Blocking blocking,
            LongSupplier nanoClock,
            @Nullable MeterRegistry meters) {
        this.source = source;
        this.seals = seals;
        this.blocking = blocking;
        this.nanoClock = nanoClock;
        this.sourceKeys = source.read();
        this.ring = KeyRing.of(sourceKeys, source.name());
        this.readNanos = nanoClock.getAsLong();
        this.unavailable = meters == null
                ? null
                : Counter.builder("sluice.credentials.unavailable")
                        .description("Times a stored password was wanted and could not be decrypted")
                        .register(meters);
    }

    /**
     * The vault that a configuration describes. Fails with {@link EncryptionKeyException} when its keys cannot be used; that
     * there are none yet is no failure.
     *
     * @param directory where the file of keys is unless the configuration names one: beside the database
     */
    public static Future<CredentialVault> open(
            Vertx vertx, EncryptionConfig config, Path directory, MeterRegistry meters) {
        Blocking blocking = new Blocking() {
            @Override
            public <T> Future<T> run(Callable<T> work) {
                return vertx.executeBlocking(work, false);
            }
        };
        return blocking.run(() ->
                new CredentialVault(source(config, directory), config.seal(), blocking, System::nanoTime, meters));
    }

    private static KeySource source(EncryptionConfig config, Path directory) {
        Secret given = config.keys();
        if (given != null) {
            return new GivenKeys(given);
        }
        String mounted = config.secretFile();
        if (mounted != null) {
            return new KeyFile(Path.of(mounted).toAbsolutePath(), true, new SecureRandom());
        }
        String named = config.keyFile();
        return new KeyFile(
                named == null ? directory.resolve(KeyFile.NAME) : Path.of(named).toAbsolutePath(),
                false,
                new SecureRandom());
    }

    /**
     * A vault with these keys and no file.
     *
     * @param keys as {@code security.encryption.keys} has them
     * @param seals false to store passwords in the clear, as older programs do
     * @throws EncryptionKeyException when they cannot be used
     */
    public static CredentialVault given(Secret keys, boolean seals) {
        return new CredentialVault(new GivenKeys(keys), seals, here(), System::nanoTime, null);
    }

    /** Does blocking work where it is asked for it. */
    static Blocking here() {
        return new Blocking() {
            @Override
            public <T> Future<T> run(Callable<T> work) {
                try {
                    return Future.succeededFuture(work.call());
                } catch (Exception e) {
                    return Future.failedFuture(e);
                }
            }
        };
    }

    @Override
    public Future<Void> ready(Settings settings) {
        if (digests != null) {
            return READY;
        }
        if (!seals) {
            return learn(settings);
        }
        synchronized (this) {
            Future<Void> under = preparing;
            if (under == null || under.failed()) {
                under = prepare(settings);
                preparing = under;
            }
            return under;
        }
    }

    /**
     * Another instance may encrypt what is stored in this database: then its digests are needed to recognise that. Without
     * its keys nothing is missing but that.
     */
    private Future<Void> learn(Settings settings) {
        synchronized (this) {
            long now = nanoClock.getAsLong();
            if (learntNanos != NEVER && now - learntNanos < LEARN_NANOS) {
                return READY;
            }
            learntNanos = now;
        }
        return settings.all().compose(all -> {
            String known = all.get(DIGEST_KEY);
            return known == null
                    ? READY
                    : blocking.run(() -> adoptDigestKey(known)).recover(this::withoutDigestKey);
        });
    }

    private Future<Void> withoutDigestKey(Throwable failure) {
        synchronized (this) {
            if (!learningFails) {
                LOG.atWarn()
                        .addKeyValue("error", failure.getMessage())
                        .log("what is stored encrypted in this database is not recognised when a list names it again");
            }
            learningFails = true;
        }
        return READY;
    }

    private Future<Void> prepare(Settings settings) {
        return settings.all().compose(all -> {
            String known = all.get(DIGEST_KEY);
            if (known != null) {
                return blocking.run(() -> adoptDigestKey(known));
            }
            return blocking.run(this::makeDigestKey)
                    .compose(made -> settings.putIfAbsent(DIGEST_KEY, made))
                    .compose(standing -> blocking.run(() -> adoptDigestKey(standing)));
        });
    }

    private String makeDigestKey() {
        synchronized (reading) {
            adopt(source.readOrMake());
        }
        byte[] key = new byte[DIGEST_KEY_BYTES];
        random.nextBytes(key);
        return SealedText.of(ring.encrypt(key, DIGEST_CONTEXT));
    }

    private @Nullable Void adoptDigestKey(String stored) {
        byte[] key = decrypt(stored, DIGEST_CONTEXT);
        if (key == null) {
            OptionalInt id = SealedText.keyId(stored);
            throw new EncryptionKeyException(DIGEST_KEY + ": encrypted under key "
                    + (id.isPresent() ? EncryptionKey.idText(id.getAsInt()) : "none") + ", which is not in "
                    + source.name() + " (expected: the keys this database was used with)");
        }
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(key, HMAC));
            digests = mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HMAC-SHA-256 is part of every Java platform", e);
        }
        return null;
    }

    /**
     * Encrypts the key of digests under the present key where it is under another one; it stays the same key.
     *
     * @return whether it was under another one
     */
    Future<Boolean> resealDigestKey(Settings settings) {
        return settings.all().compose(all -> {
            String stored = all.get(DIGEST_KEY);
            if (stored == null || isPresent(stored)) {
                return Future.succeededFuture(false);
            }
            byte[] key = decrypt(stored, DIGEST_CONTEXT);
            return key == null
                    ? Future.failedFuture(new EncryptionKeyException(
                            DIGEST_KEY + ": cannot be decrypted (expected: the key it is encrypted under)"))
                    : settings.put(DIGEST_KEY, SealedText.of(ring.encrypt(key, DIGEST_CONTEXT)))
                            .map(true);
        });
    }

    @Override
    public String digest(Credentials credentials) {
        if (!seals) {
            return CredentialDigest.of(credentials);
        }
        Mac prepared = digests;
        if (prepared == null) {
            throw new IllegalStateException("no key of digests (expected: ready() before a digest is taken)");
        }
        return digest(prepared, credentials);
    }

    @Override
    public @Nullable String otherDigest(Credentials credentials) {
        if (seals) {
            return CredentialDigest.of(credentials);
        }
        Mac prepared = digests;
        return prepared == null ? null : digest(prepared, credentials);
    }

    private static String digest(Mac prepared, Credentials credentials) {
        try {
            Mac mac = (Mac) prepared.clone();
            byte[] user = credentials.user().getBytes(StandardCharsets.UTF_8);
            mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(user.length).array());
            mac.update(user);
            byte[] hash = mac.doFinal(credentials.password().reveal().getBytes(StandardCharsets.UTF_8));
            return DIGEST_PREFIX + HexFormat.of().formatHex(Arrays.copyOf(hash, DIGEST_BYTES));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("this Java's " + HMAC + " cannot be cloned", e);
        }
    }

    @Override
    public String seal(Secret password, Binding row) {
        String clear = password.reveal();
        return seals ? SealedText.of(ring.encrypt(clear.getBytes(StandardCharsets.UTF_8), context(row))) : clear;
    }

    @Override
    public String seal(String text, Purpose purpose) {
        return seals ? SealedText.of(ring.encrypt(text.getBytes(StandardCharsets.UTF_8), context(purpose))) : text;
    }

    @Override
    public @Nullable String openOrNull(String stored, Purpose purpose) {
        if (!stored.startsWith(SEALED_PREFIX)) {
            return stored;
        }
        byte[] clear = decrypt(stored, context(purpose));
        return clear == null ? null : new String(clear, StandardCharsets.UTF_8);
    }

    @Override
    public Secret open(String stored, Binding row) {
        return isPlain(stored, row.digest()) ? Secret.of(stored) : Secret.sealed(new SealedPassword(this, stored, row));
    }

    /** What was encrypted and then damaged in its first characters, or in its digest, is no password in the clear. */
    @Override
    public boolean isPlain(String stored, String digest) {
        boolean marked = stored.startsWith(SEALED_PREFIX) && digest.startsWith(DIGEST_PREFIX);
        return !marked && !SealedText.resembles(stored);
    }

    @Override
    public boolean seals() {
        return seals;
    }

    /** Whether this is encrypted under the present key. */
    boolean isPresent(String stored) {
        OptionalInt id = SealedText.keyId(stored);
        return id.isPresent()
                && ring.primary().map(key -> key.id() == id.getAsInt()).orElse(false);
    }

    /** Whether a key of this id was ever read. */
    boolean knows(int id) {
        return ring.has(id);
    }

    /** The keys that the source held when it was read last. */
    List<EncryptionKey> keys() {
        return sourceKeys;
    }

    KeySource source() {
        return source;
    }

    <T> Future<T> blocking(Callable<T> work) {
        return blocking.run(work);
    }

    /** Reads the keys again. Fails with {@link EncryptionKeyException}; the known ones stay in force then. */
    public Future<Void> refresh() {
        return blocking.run(() -> {
            readAgain();
            return null;
        });
    }

    /** As {@link #refresh}, here and now. Blocks. */
    void readAgain() {
        synchronized (reading) {
            readNanos = nanoClock.getAsLong();
            adopt(source.read());
        }
    }

    /** A file that has gone takes no key from a running process. */
    private void adopt(List<EncryptionKey> keys) {
        KeyRing before = ring;
        KeyRing read = KeyRing.of(keys, source.name());
        ring = keys.isEmpty() ? before : read.remembering(before, source.name());
        sourceKeys = keys;
    }

    /** Whether something could not be decrypted within the last five minutes. */
    public boolean fails() {
        long failed = failedNanos;
        return failed != NEVER && nanoClock.getAsLong() - failed < FAILS_NANOS;
    }

    @Nullable
    String openOrNull(String stored, Binding row) {
        byte[] clear = decrypt(stored, context(row));
        if (clear == null) {
            tell(stored, row);
            return null;
        }
        return new String(clear, StandardCharsets.UTF_8);
    }

    private byte @Nullable [] decrypt(String stored, byte[] context) {
        byte[] sealed = SealedText.bytes(stored);
        if (sealed == null) {
            return null;
        }
        byte[] clear = ring.decrypt(sealed, context);
        if (clear == null) {
            OptionalInt id = SealedText.keyId(stored);
            if (id.isPresent() && !ring.has(id.getAsInt()) && readAgainForUnknown()) {
                return ring.decrypt(sealed, context);
            }
        }
        return clear;
    }

    /**
     * Another instance may have begun to use a key that was added. A small file, once a second at most: what waits for it
     * on an event loop waits less than it would for handing the question over.
     */
    private boolean readAgainForUnknown() {
        synchronized (reading) {
            if (nanoClock.getAsLong() - readNanos < READ_AGAIN_NANOS) {
                return false;
            }
            try {
                readAgain();
                readingFails = false;
                return true;
            } catch (EncryptionKeyException e) {
                if (!readingFails) {
                    LOG.atError()
                            .addKeyValue("error", e.getMessage())
                            .log("encryption keys cannot be read again; the known ones stay in force");
                }
                readingFails = true;
                return false;
            }
        }
    }

    private void tell(String stored, Binding row) {
        Counter counter = unavailable;
        if (counter != null) {
            counter.increment();
        }
        synchronized (telling) {
            long now = nanoClock.getAsLong();
            failedNanos = now;
            untold++;
            if (told && now - toldNanos < TELL_AGAIN_NANOS) {
                return;
            }
            OptionalInt id = SealedText.keyId(stored);
            boolean known = id.isEmpty() || ring.has(id.getAsInt());
            LOG.atError()
                    .addKeyValue("proxy", row.address())
                    .addKeyValue("key", id.isPresent() ? EncryptionKey.idText(id.getAsInt()) : "none")
                    .addKeyValue("times", untold)
                    .log(
                            known
                                    ? "a stored password cannot be decrypted: the row is not as it was written; the proxy"
                                            + " is neither checked nor served"
                                    : "a stored password cannot be decrypted: its key is not here; the proxy is neither"
                                            + " checked nor served until it is");
            told = true;
            toldNanos = now;
            untold = 0;
        }
    }

    private static byte[] context(Purpose purpose) {
        byte[] use = purpose.use().getBytes(StandardCharsets.UTF_8);
        byte[] subject = purpose.subject().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(TEXT_CONTEXT.length + 2 * Integer.BYTES + use.length + subject.length)
                .put(TEXT_CONTEXT)
                .putInt(use.length)
                .put(use)
                .putInt(subject.length)
                .put(subject)
                .array();
    }

    private static byte[] context(Binding row) {
        byte[] host = row.host().getBytes(StandardCharsets.UTF_8);
        byte[] user = row.user().getBytes(StandardCharsets.UTF_8);
        byte[] digest = row.digest().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(
                        PASSWORD_CONTEXT.length + 4 * Integer.BYTES + host.length + user.length + digest.length)
                .put(PASSWORD_CONTEXT)
                .putInt(host.length)
                .put(host)
                .putInt(row.port())
                .putInt(user.length)
                .put(user)
                .putInt(digest.length)
                .put(digest)
                .array();
    }
}
