package dev.sluice.store.memory;

import dev.sluice.port.Settings;
import dev.sluice.port.Vault;
import dev.sluice.proxy.CredentialUnavailableException;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Seal;
import dev.sluice.proxy.Secret;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** For copies, in which passwords stay as they are stored: it opens none and encrypts none. Thread-safe. */
public final class ShutVault implements Vault {
    private static final Secret SHUT = Secret.sealed(new Seal() {
        @Override
        public @Nullable String openOrNull() {
            return null;
        }

        @Override
        public String open() {
            throw new CredentialUnavailableException("an entry of a copy", "of its store");
        }
    });

    @Override
    public Future<Void> ready(Settings settings) {
        return Future.succeededFuture();
    }

    @Override
    public String digest(Credentials credentials) {
        throw new UnsupportedOperationException("a digest for a copy (expected: those that are stored)");
    }

    @Override
    public String seal(Secret password, Binding row) {
        throw new UnsupportedOperationException("a new password for a copy (expected: those that are stored)");
    }

    @Override
    public Secret open(String stored, Binding row) {
        return SHUT;
    }

    @Override
    public boolean isPlain(String stored, String digest) {
        return false;
    }

    @Override
    public boolean seals() {
        return false;
    }
}
