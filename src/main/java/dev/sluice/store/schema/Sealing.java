package dev.sluice.store.schema;

import dev.sluice.message.Candidate;
import dev.sluice.message.CandidatesFound;
import dev.sluice.port.Settings;
import dev.sluice.port.Vault;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.store.StoreException;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** Credentials on their way into rows and identities: one place for both databases. Thread-safe. */
public final class Sealing {
    private static final Future<Void> NOTHING = Future.succeededFuture();

    private final Vault vault;
    private final Settings settings;
    private final String database;

    /** @param database name in messages */
    public Sealing(Vault vault, Settings settings, String database) {
        this.vault = vault;
        this.settings = settings;
        this.database = database;
    }

    /** To be waited for before {@link #cells} of one of these; at once where none has credentials. */
    public Future<Void> ready(CandidatesFound batch) {
        for (Candidate candidate : batch.candidates()) {
            if (candidate.key().credentials() != null) {
                return ready();
            }
        }
        return NOTHING;
    }

    /** To be waited for before {@link #digest} of this. */
    public Future<Void> ready(ProxyKey key) {
        return key.credentials() == null ? NOTHING : ready();
    }

    private Future<Void> ready() {
        Future<Void> ready = vault.ready(settings);
        return ready.succeeded()
                ? ready
                : ready.recover(failure -> Future.failedFuture(
                        failure instanceof StoreException
                                ? failure
                                : new StoreException(
                                        StoreException.Kind.FAILED,
                                        database + ": no credentials without their keys: " + failure.getMessage(),
                                        failure)));
    }

    /** What the row of an entry holds of its credentials. */
    public Stored cells(ProxyKey key) {
        Credentials credentials = key.credentials();
        if (credentials == null) {
            return Stored.NONE;
        }
        String digest = vault.digest(credentials);
        return new Stored(
                credentials.user(),
                vault.seal(
                        credentials.password(), new Vault.Binding(key.host(), key.port(), credentials.user(), digest)),
                digest);
    }

    /** What stands for credentials in an identity; empty for none. */
    public static String digest(Vault vault, @Nullable Credentials credentials) {
        return credentials == null ? "" : vault.digest(credentials);
    }

    /** As {@link #digest(Vault, Credentials)}, with this one's vault. */
    public String digest(ProxyKey key) {
        return digest(vault, key.credentials());
    }

    /** What stands for the credentials in rows that an instance which does or does not encrypt wrote; null for none. */
    public @Nullable String otherDigest(ProxyKey key) {
        Credentials credentials = key.credentials();
        return credentials == null ? null : vault.otherDigest(credentials);
    }

    /** How passwords are opened. */
    public Vault vault() {
        return vault;
    }

    /** The cells of a row: user, password and digest. */
    public record Stored(@Nullable String user, @Nullable String password, String digest) {
        private static final Stored NONE = new Stored(null, null, "");

        @Override
        public String toString() {
            return "stored credentials";
        }
    }
}
