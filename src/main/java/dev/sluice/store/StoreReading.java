package dev.sluice.store;

import dev.sluice.config.StoreConfig;
import dev.sluice.store.file.FileBackups;
import dev.sluice.store.postgres.PostgresProbe;
import dev.sluice.store.redis.RedisBackups;
import dev.sluice.store.sqlite.SqliteProbe;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;

/**
 * What a look at a database shows. Looking changes nothing and owns nothing: a server may be at work on it.
 *
 * @param version of the database program
 * @param schema version of the schema in it; 0 where there is none yet
 * @param newest version of the schema that this program brings it to
 * @param latencyMicros how long the simplest question took
 * @param connections in use at the moment, ours included; 0 where there is no such thing
 * @param mostConnections that the server accepts; 0 where there is no such thing
 * @param damage what is wrong with the file; empty when nothing was found
 * @param whole whether all of the file was looked at in time
 */
public record StoreReading(
        String version,
        int schema,
        int newest,
        long latencyMicros,
        int connections,
        int mostConnections,
        String damage,
        boolean whole) {

    /**
     * Looks at the database that {@code config} names.
     *
     * @param patience for the server to answer, or for a file to be looked through
     * @return fails with {@link StoreException} when it can't be reached or read; a file that does not exist is none
     */
    public static Future<StoreReading> of(Vertx vertx, StoreConfig config, Duration patience) {
        String url = config.url();
        try {
            return switch (Stores.Kind.of(url)) {
                case POSTGRES -> PostgresProbe.look(vertx, url, patience);
                case REDIS -> RedisBackups.look(vertx, url, patience);
                case FILE -> vertx.executeBlocking(() -> FileBackups.look(Stores.file(url)), false);
                case SQLITE -> vertx.executeBlocking(() -> SqliteProbe.look(Stores.file(url), patience), false);
            };
        } catch (StoreException e) {
            return Future.failedFuture(e);
        }
    }
}
