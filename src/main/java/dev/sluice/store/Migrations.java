package dev.sluice.store;

import dev.sluice.config.StoreConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;

/**
 * The schema of a database, for the command line. Opening changes nothing. Every future fails with
 * {@link StoreException}. {@link Stores#open} takes the steps that are missing by itself.
 */
public interface Migrations {
    /**
     * Opens the database {@code config} names. Fails as {@link Stores#open} does, but for a newer schema, which
     * {@link #status} shows.
     */
    static Future<Migrations> open(Vertx vertx, StoreConfig config) {
        return Stores.migrations(vertx, config, InstantSource.system());
    }

    /** Where the schema stands. */
    Future<MigrationStatus> status();

    /** Takes all steps that are missing, each in a transaction of its own. Nothing to do is no failure. */
    Future<MigrationStatus> up();

    /**
     * Undoes steps down to a version, each in a transaction of its own; what they held is kept aside in the database
     * and comes back with {@link #up}. Fails where something would be lost: below version 1 while there are proxies,
     * and below version 11 while passwords are encrypted, which older programs cannot read.
     *
     * @param target 0 to one below the present version
     */
    Future<MigrationStatus> down(int target);

    /** Undoes the newest step. */
    default Future<MigrationStatus> down() {
        return status().compose(status -> down(status.version() - 1));
    }

    /** Closes the database. */
    Future<Void> close();
}
