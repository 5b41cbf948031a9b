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
        throw new IllegalStateException("a digest for a copy (expected: those that are stored)");
    }

    @Override
    public @Nullable String otherDigest(Credentials credentials) {
        return null;
    }

    @Override
    public String seal(String text, Purpose purpose) {
        throw new IllegalStateException("a text to encrypt for a copy (expected: those that are stored)");
    }

    @Override
    public @Nullable String openOrNull(String stored, Purpose purpose) {
        return null;
    }

    @Override
    public String seal(Secret password, Binding row) {
        throw new IllegalStateException("a new password for a copy (expected: those that are stored)");
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
