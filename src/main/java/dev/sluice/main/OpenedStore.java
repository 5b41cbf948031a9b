package dev.sluice.main;

import dev.sluice.config.SluiceConfig;
import dev.sluice.port.Jobs;
import dev.sluice.port.NewJob;
import dev.sluice.secret.CredentialVault;
import dev.sluice.secret.KeyRotation;
import dev.sluice.secret.Reencryption;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.Stores;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Function;

/**
 * A store with what it is encrypted with.
 *
 * @param store to be closed by whoever opened it
 * @param shared whether other processes may use the database at the same time
 */
record OpenedStore(ProxyStore store, CredentialVault vault, boolean shared) {
    /**
     * How long a retired key of a shared database stays: every instance stores a password, and shows under which key, long
     * before.
     */
    private static final Duration GRACE = Duration.ofDays(1);

    /** Opens what a configuration names. Fails as {@link Stores#open} and {@link CredentialVault#open} do. */
    static Future<OpenedStore> open(Vertx vertx, SluiceConfig config, MeterRegistry meters) {
        return CredentialVault.open(vertx, config.security().encryption(), DataDirectory.of(config.store()), meters)
                .compose(vault -> Stores.open(vertx, config.store(), vault)
                        .map(store -> new OpenedStore(
                                store, vault, Stores.isShared(config.store().url()))));
    }

    /** The rotation of its keys. */
    KeyRotation rotation(Function<NewJob, Future<Jobs.Submitted>> jobs) {
        return new KeyRotation(
                store.credentials(),
                store.settings(),
                store.jobs(),
                vault,
                jobs,
                shared ? GRACE : Duration.ZERO,
                InstantSource.system());
    }

    /** What encrypts its passwords anew. */
    Reencryption reencryption() {
        return new Reencryption(store.credentials(), store.settings(), vault, InstantSource.system());
    }
}
