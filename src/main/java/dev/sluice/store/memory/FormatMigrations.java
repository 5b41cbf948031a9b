package dev.sluice.store.memory;

import dev.sluice.store.MigrationStatus;
import dev.sluice.store.Migrations;
import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import java.util.List;

/**
 * What there is to say of the schema of a store that has none: which format it is in.
 *
 * @param database name of the store
 * @param version format it is in, 0 where there is nothing yet
 * @param newest newest format of this program
 */
public record FormatMigrations(String database, int version, int newest) implements Migrations {
    @Override
    public Future<MigrationStatus> status() {
        return Future.succeededFuture(
                new MigrationStatus(database + " (a format, no schema: no steps)", version, newest, List.of(), null));
    }

    @Override
    public Future<MigrationStatus> up() {
        return status();
    }

    @Override
    public Future<MigrationStatus> down(int target) {
        return Future.failedFuture(new StoreException(
                StoreException.Kind.FAILED,
                database + ": format " + version + ": to be brought to " + target
                        + " (expected: nothing, as there are no steps to undo)"));
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
