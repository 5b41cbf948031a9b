package dev.sluice.main;

import dev.sluice.config.SluiceConfig;
import dev.sluice.proxy.Secret;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.StoreException;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Where a command does its work: in the database; or, when a running server owns that, by the server's API. */
final class OwnerOptions {
    @Option(
            names = "--key",
            scope = ScopeType.INHERIT,
            paramLabel = "KEY",
            description =
                    "The key to show to a running server; better given as SLUICE_ADMIN_KEY, which is the key unless"
                            + " this one is given.")
    private @Nullable String key;

    /** Work in the database, which is closed behind it. */
    @FunctionalInterface
    interface InStore<T> {
        T run(Vertx vertx, ProxyStore store) throws Exception;
    }

    /** Work in the database and with its keys. */
    @FunctionalInterface
    interface Opened<T> {
        T run(Vertx vertx, OpenedStore opened) throws Exception;
    }

    /** Work at a running server. */
    @FunctionalInterface
    interface AtServer<T> {
        T run(ServerClient server) throws Exception;
    }

    /** Does {@code here}, or {@code there} where a running server owns the database. Blocks; throws what the work threw. */
    <T> T run(SluiceConfig config, InStore<T> here, AtServer<T> there) throws Exception {
        return runOpened(config, (vertx, opened) -> here.run(vertx, opened.store()), there);
    }

    /** As {@link #run}, for work that concerns encryption too. */
    <T> T runOpened(SluiceConfig config, Opened<T> here, AtServer<T> there) throws Exception {
        try {
            return Foreground.beside((vertx, telemetry) -> {
                OpenedStore opened = Foreground.await(OpenedStore.open(vertx, config, telemetry.registry()));
                try {
                    return here.run(vertx, opened);
                } finally {
                    Foreground.await(opened.store().close());
                }
            });
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.LOCKED) {
                throw e;
            }
            return there.run(server(config));
        }
    }

    /** The running server that the configuration names. */
    ServerClient server(SluiceConfig config) {
        return new ServerClient(config.server(), key == null ? config.security().adminKey() : Secret.of(key));
    }
}
