package dev.sluice.main;

import dev.sluice.config.SluiceConfig;
import dev.sluice.secret.CredentialVault;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.Stores;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * A store with what it is encrypted with.
 *
 * @param store to be closed by whoever opened it
 */
record OpenedStore(ProxyStore store, CredentialVault vault) {
    /** Opens what a configuration names. Fails as {@link Stores#open} and {@link CredentialVault#open} do. */
    static Future<OpenedStore> open(Vertx vertx, SluiceConfig config, MeterRegistry meters) {
        return CredentialVault.open(
                        vertx, config.security().encryption(), DataDirectory.of(config.store()), meters)
                .compose(vault ->
                        Stores.open(vertx, config.store(), vault).map(store -> new OpenedStore(store, vault)));
    }
}
