package dev.sluice.store.memory;

import dev.sluice.port.CredentialDigest;
import dev.sluice.port.Vault;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.ProxyKey;

/**
 * How the credentials of an entry are stored; their user is in its key.
 *
 * @param digest what stands for them in its identity; empty for none
 * @param stored the password: encrypted, or in the clear; empty for none
 */
public record Login(String digest, String stored) {
    /** Of an entry without credentials. */
    public static final Login NONE = new Login("", "");

    /** As {@code vault}, which is ready, stores them. */
    public static Login of(ProxyKey key, Vault vault) {
        Credentials credentials = key.credentials();
        if (credentials == null) {
            return NONE;
        }
        String digest = vault.digest(credentials);
        return new Login(digest, vault.seal(credentials.password(), binding(key, credentials.user(), digest)));
    }

    /** A password in the clear, as older programs and people's hands have it. */
    static Login plain(String user, String password) {
        return new Login(CredentialDigest.of(Credentials.of(user, password)), password);
    }

    /** {@code key} with the password that is stored here, to be opened when it is wanted. */
    ProxyKey open(ProxyKey key, Vault vault) {
        Credentials credentials = key.credentials();
        return credentials == null
                ? key
                : new ProxyKey(key.scheme(), key.host(), key.port(), open(key, credentials.user(), vault));
    }

    private Credentials open(ProxyKey key, String user, Vault vault) {
        return new Credentials(user, vault.open(stored, binding(key, user, digest)));
    }

    private static Vault.Binding binding(ProxyKey key, String user, String digest) {
        return new Vault.Binding(key.host(), key.port(), user, digest);
    }

    /** Whether the password seems to be in the clear. */
    boolean isPlain() {
        return !stored.startsWith(Vault.SEALED_PREFIX) || !digest.startsWith(Vault.DIGEST_PREFIX);
    }

    @Override
    public String toString() {
        return "stored credentials";
    }
}
