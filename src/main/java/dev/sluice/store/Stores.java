package dev.sluice.store;

import dev.sluice.config.StoreConfig;
import dev.sluice.port.Vault;
import dev.sluice.store.file.FileStore;
import dev.sluice.store.postgres.PostgresMigrations;
import dev.sluice.store.postgres.PostgresStore;
import dev.sluice.store.redis.RedisStore;
import dev.sluice.store.sqlite.SqliteMigrations;
import dev.sluice.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the store that a configuration names. */
public final class Stores {
    private static final Logger LOG = LoggerFactory.getLogger(Stores.class);
    private static final Path USUAL = Path.of("data");

    /** Kinds of stores, by what their URLs begin with. */
    enum Kind {
        SQLITE("sqlite", "sqlite:"),
        FILE("file", "file:"),
        REDIS("redis", "redis://", "rediss://"),
        POSTGRES("postgresql", "postgresql://", "postgres://");

        private final String text;
        private final String[] schemes;

        Kind(String text, String... schemes) {
            this.text = text;
            this.schemes = schemes;
        }

        /** Fails with FAILED where it is none; names only the scheme, as the rest may hold a password. */
        static Kind of(String url) {
            for (Kind kind : values()) {
                for (String scheme : kind.schemes) {
                    if (url.startsWith(scheme)) {
                        return kind;
                    }
                }
            }
            int colon = url.indexOf(':');
            throw new StoreException(
                    StoreException.Kind.FAILED,
                    "store.url: " + (colon < 0 ? "no scheme" : url.substring(0, colon) + ":…")
                            + " (expected: sqlite:PATH, postgresql://user:password@host:port/database,"
                            + " redis://:password@host:port/database or file:PATH)");
        }

        /** Whether it is in a file of this machine. */
        boolean inFile() {
            return this == SQLITE || this == FILE;
        }
    }

    private Stores() {}

    /** As {@link #open(Vertx, StoreConfig, Vault, InstantSource)} with the clock of the machine. */
    public static Future<ProxyStore> open(Vertx vertx, StoreConfig config, Vault vault) {
        return open(vertx, config, vault, InstantSource.system());
    }

    /**
     * Opens the store at {@code store.url}, {@code sqlite:PATH}, {@code postgresql://user:password@host:port/database},
     * {@code redis://:password@host:port/database} or {@code file:PATH}, and brings its schema up to date. Fails with
     * {@link StoreException}: UNAVAILABLE when a database server was not reachable within {@code store.start-timeout}; at
     * once with SCHEMA_NEWER, LOCKED (another process owns the file), FULL (no room, or not writable) or FAILED. A Redis
     * that another process owns is LOCKED when the lock of one that was killed would have ended. Messages name the
     * database, never a password. Passwords that are stored in the clear are encrypted before it completes; that this
     * cannot be done now is logged, and tried again later by whoever asks {@link PlainPasswords}.
     *
     * @param vault how passwords are stored
     * @param clock tells when something was archived or migrated
     */
    public static Future<ProxyStore> open(Vertx vertx, StoreConfig config, Vault vault, InstantSource clock) {
        try {
            return opened(vertx, config, vault, clock).compose(store -> ready(store, vault, clock));
        } catch (StoreException e) {
            return Future.failedFuture(e);
        }
    }

    private static Future<? extends ProxyStore> opened(
            Vertx vertx, StoreConfig config, Vault vault, InstantSource clock) {
        String url = config.url();
        return switch (Kind.of(url)) {
            case SQLITE -> SqliteStore.open(vertx, file(url), clock, vault);
            case FILE -> FileStore.open(vertx, file(url), clock, vault);
            case REDIS -> RedisStore.open(vertx, url, directory(url), config.startTimeout(), clock, vault);
            case POSTGRES -> PostgresStore.open(vertx, url, config.connections(), config.startTimeout(), clock, vault);
        };
    }

    /** Sees that a store has its name, and that no password in it is in the clear. */
    static Future<ProxyStore> ready(ProxyStore store, Vault vault, InstantSource clock) {
        return named(store).compose(named -> sealed(named, vault, clock));
    }

    /** Sees that the database has its name. */
    private static Future<ProxyStore> named(ProxyStore store) {
        return store.settings()
                .putIfAbsent(ProxyStore.DATABASE_NAME, UUID.randomUUID().toString())
                .map(store)
                .recover(failure -> store.close().transform(closed -> Future.failedFuture(failure)));
    }

    private static Future<ProxyStore> sealed(ProxyStore store, Vault vault, InstantSource clock) {
        return new PlainPasswords(store, vault, clock).seal().map(store).recover(failure -> {
            LOG.atError()
                    .addKeyValue("error", failure.getMessage())
                    .log("passwords of proxies that are stored in the clear cannot be encrypted now");
            return Future.succeededFuture(store);
        });
    }

    static Future<Migrations> migrations(Vertx vertx, StoreConfig config, InstantSource clock) {
        String url = config.url();
        try {
            return switch (Kind.of(url)) {
                case SQLITE -> SqliteMigrations.open(vertx, file(url), clock);
                case FILE -> FileStore.migrations(vertx, file(url), clock);
                case REDIS -> RedisStore.migrations(vertx, url, config.startTimeout());
                case POSTGRES -> PostgresMigrations.open(vertx, url, config.startTimeout(), clock);
            };
        } catch (StoreException e) {
            return Future.failedFuture(e);
        }
    }

    /**
     * Where what belongs to a store but is not in it has its place: beside its file, else {@code data}. Absolute. Fails with
     * {@link StoreException} where {@code url} names no store.
     */
    public static Path directory(String url) {
        if (!Kind.of(url).inFile()) {
            return USUAL.toAbsolutePath();
        }
        Path parent = file(url).getParent();
        return parent == null ? USUAL.toAbsolutePath() : parent;
    }

    /**
     * Whether several processes can use the store that {@code url} names at a time. Files have one owner, and so has what is
     * in Redis.
     */
    public static boolean isShared(String url) {
        return Kind.of(url) == Kind.POSTGRES;
    }

    /** Whether the store that {@code url} names is in a file of this machine. */
    public static boolean isFile(String url) {
        return Kind.of(url).inFile();
    }

    /** {@code sqlite}, {@code postgresql}, {@code redis} or {@code file}. */
    public static String kind(String url) {
        return Kind.of(url).text;
    }

    /** The file that a URL of a store in a file names; absolute. */
    static Path file(String url) {
        int colon = url.indexOf(':');
        String path = url.substring(colon + 1);
        String expected = "store.url: " + url + " (expected: " + url.substring(0, colon) + ":PATH of a file)";
        if (path.isBlank() || path.startsWith(":") || path.endsWith("/")) {
            throw new StoreException(StoreException.Kind.FAILED, expected);
        }
        try {
            return Path.of(path).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new StoreException(StoreException.Kind.FAILED, expected, e);
        }
    }
}
