package dev.sluice.store;

import dev.sluice.config.StoreConfig;
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

/** Opens the store that a configuration names. */
public final class Stores {
    private static final String SQLITE = "sqlite:";
    private static final String FILE = "file:";
    private static final Path USUAL = Path.of("data");

    private Stores() {}

    /** As {@link #open(Vertx, StoreConfig, InstantSource)} with the clock of the machine. */
    public static Future<ProxyStore> open(Vertx vertx, StoreConfig config) {
        return open(vertx, config, InstantSource.system());
    }

    /**
     * Opens the store at {@code store.url}, {@code sqlite:PATH}, {@code postgresql://user:password@host:port/database},
     * {@code redis://:password@host:port/database} or {@code file:PATH}, and brings its schema up to date. Fails with
     * {@link StoreException}: UNAVAILABLE when a database server was not reachable within {@code store.start-timeout}; at
     * once with SCHEMA_NEWER, LOCKED (another process owns the file), FULL (no room, or not writable) or FAILED. A Redis
     * that another process owns is LOCKED when the lock of one that was killed would have ended. Messages name the
     * database, never a password.
     *
     * @param clock tells when something was archived or migrated
     */
    public static Future<ProxyStore> open(Vertx vertx, StoreConfig config, InstantSource clock) {
        String url = config.url();
        try {
            if (url.startsWith(SQLITE)) {
                return SqliteStore.open(vertx, file(SQLITE, url), clock).compose(Stores::named);
            }
            if (url.startsWith(FILE)) {
                return FileStore.open(vertx, file(FILE, url), clock).compose(Stores::named);
            }
            if (isRedis(url)) {
                return RedisStore.open(vertx, url, directory(url), config.startTimeout(), clock)
                        .compose(Stores::named);
            }
            if (isPostgres(url)) {
                return PostgresStore.open(vertx, url, config.connections(), config.startTimeout(), clock)
                        .compose(Stores::named);
            }
            return Future.failedFuture(unknown(url));
        } catch (StoreException e) {
            return Future.failedFuture(e);
        }
    }

    /** Sees that the database has its name. */
    static Future<ProxyStore> named(ProxyStore store) {
        return store.settings()
                .putIfAbsent(ProxyStore.DATABASE_NAME, UUID.randomUUID().toString())
                .map(store)
                .recover(failure -> store.close().transform(closed -> Future.failedFuture(failure)));
    }

    static Future<Migrations> migrations(Vertx vertx, StoreConfig config, InstantSource clock) {
        String url = config.url();
        try {
            if (url.startsWith(SQLITE)) {
                return SqliteMigrations.open(vertx, file(SQLITE, url), clock);
            }
            if (url.startsWith(FILE)) {
                return FileStore.migrations(vertx, file(FILE, url), clock);
            }
            if (isRedis(url)) {
                return RedisStore.migrations(vertx, url, config.startTimeout());
            }
            if (isPostgres(url)) {
                return PostgresMigrations.open(vertx, url, config.startTimeout(), clock);
            }
            return Future.failedFuture(unknown(url));
        } catch (StoreException e) {
            return Future.failedFuture(e);
        }
    }

    /** Where what belongs to a store but is not in it has its place: beside its file, else {@code data}. Absolute. */
    public static Path directory(String url) {
        String prefix = url.startsWith(SQLITE) ? SQLITE : url.startsWith(FILE) ? FILE : null;
        if (prefix == null) {
            return USUAL.toAbsolutePath();
        }
        Path parent = file(prefix, url).getParent();
        return parent == null ? USUAL.toAbsolutePath() : parent;
    }

    /**
     * Whether several processes can use the store that {@code url} names at a time. Files have one owner, and so has what is
     * in Redis.
     */
    public static boolean isShared(String url) {
        return isPostgres(url);
    }

    private static boolean isPostgres(String url) {
        return url.startsWith("postgresql://") || url.startsWith("postgres://");
    }

    private static boolean isRedis(String url) {
        return url.startsWith("redis://") || url.startsWith("rediss://");
    }

    private static Path file(String prefix, String url) {
        String path = url.substring(prefix.length());
        String expected = "store.url: " + url + " (expected: " + prefix + "PATH of a file)";
        if (path.isBlank() || path.startsWith(":") || path.endsWith("/")) {
            throw new StoreException(StoreException.Kind.FAILED, expected);
        }
        try {
            return Path.of(path).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new StoreException(StoreException.Kind.FAILED, expected, e);
        }
    }

    /** Names only the scheme: the rest may hold a password. */
    private static StoreException unknown(String url) {
        int colon = url.indexOf(':');
        return new StoreException(
                StoreException.Kind.FAILED,
                "store.url: " + (colon < 0 ? "no scheme" : url.substring(0, colon) + ":…")
                        + " (expected: sqlite:PATH, postgresql://user:password@host:port/database,"
                        + " redis://:password@host:port/database or file:PATH)");
    }
}
