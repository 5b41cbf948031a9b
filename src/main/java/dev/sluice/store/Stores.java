package dev.sluice.store;

import dev.sluice.config.StoreConfig;
import dev.sluice.port.Vault;
import dev.sluice.store.postgres.PostgresMigrations;
import dev.sluice.store.postgres.PostgresStore;
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
    private static final String SQLITE = "sqlite:";

    private Stores() {}

    /** As {@link #open(Vertx, StoreConfig, Vault, InstantSource)} with the clock of the machine. */
    public static Future<ProxyStore> open(Vertx vertx, StoreConfig config, Vault vault) {
        return open(vertx, config, vault, InstantSource.system());
    }

    /**
     * Opens the store at {@code store.url}, {@code sqlite:PATH} or {@code postgresql://user:password@host:port/database},
     * and brings its schema up to date. Fails with {@link StoreException}: UNAVAILABLE when a database server was not
     * reachable within {@code store.start-timeout}; at once with SCHEMA_NEWER, LOCKED (another process owns the file),
     * FULL (no room, or not writable) or FAILED. Messages name the database, never a password. Passwords that are stored
     * in the clear are encrypted before it completes; that this cannot be done now is logged, and tried again later by
     * whoever asks {@link PlainPasswords}.
     *
     * @param vault how passwords are stored
     * @param clock tells when something was archived or migrated
     */
    public static Future<ProxyStore> open(Vertx vertx, StoreConfig config, Vault vault, InstantSource clock) {
        String url = config.url();
        try {
            if (url.startsWith(SQLITE)) {
                return SqliteStore.open(vertx, file(url), clock, vault)
                        .compose(Stores::named)
                        .compose(store -> sealed(store, vault, clock));
            }
            if (isPostgres(url)) {
                return PostgresStore.open(vertx, url, config.connections(), config.startTimeout(), clock, vault)
                        .compose(Stores::named)
                        .compose(store -> sealed(store, vault, clock));
            }
            return Future.failedFuture(unknown(url));
        } catch (StoreException e) {
            return Future.failedFuture(e);
        }
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
            if (url.startsWith(SQLITE)) {
                return SqliteMigrations.open(vertx, file(url), clock);
            }
            if (isPostgres(url)) {
                return PostgresMigrations.open(vertx, url, config.startTimeout(), clock);
            }
            return Future.failedFuture(unknown(url));
        } catch (StoreException e) {
            return Future.failedFuture(e);
        }
    }

    /** Whether several processes can use the store that {@code url} names at a time. A SQLite file has one owner. */
    public static boolean isShared(String url) {
        return isPostgres(url);
    }

    static boolean isPostgres(String url) {
        return url.startsWith("postgresql://") || url.startsWith("postgres://");
    }

    static Path file(String url) {
        String path = url.substring(SQLITE.length());
        if (path.isBlank() || path.startsWith(":")) {
            throw new StoreException(
                    StoreException.Kind.FAILED, "store.url: " + url + " (expected: sqlite:PATH of a file)");
        }
        try {
            return Path.of(path).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new StoreException(
                    StoreException.Kind.FAILED, "store.url: " + url + " (expected: sqlite:PATH of a file)", e);
        }
    }

    /** Names only the scheme: the rest may hold a password. */
    private static StoreException unknown(String url) {
        int colon = url.indexOf(':');
        return new StoreException(
                StoreException.Kind.FAILED,
                "store.url: " + (colon < 0 ? "no scheme" : url.substring(0, colon) + ":…")
                        + " (expected: sqlite:PATH or postgresql://user:password@host:port/database)");
    }
}
