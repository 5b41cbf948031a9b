package dev.sluice.port;

import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Secret;

/**
 * Credentials that are to be stored in another way.
 *
 * @param row as it was read; what has changed since stays as it is
 * @param digest its new digest
 * @param stored its password under that digest
 * @param asideDigest its digest when another entry has that identity already: it gives way then
 * @param asideStored its password under that one
 */
public record CredentialChange(
        CredentialRow row, String digest, String stored, String asideDigest, String asideStored) {
    /** Encrypts what is in the clear, and gives it its digest. */
    public static CredentialChange sealing(CredentialRow row, Vault vault) {
        Secret password = Secret.of(row.stored());
        String digest = vault.digest(new Credentials(row.user(), password));
        String aside = digest + '~' + row.id();
        return new CredentialChange(
                row,
                digest,
                vault.seal(password, row.binding(digest)),
                aside,
                vault.seal(password, row.binding(aside)));
    }

    /**
     * Encrypts anew; the digest stays.
     *
     * @param password what {@code row} holds
     */
    public static CredentialChange resealing(CredentialRow row, Secret password, Vault vault) {
        String stored = vault.seal(password, row.binding());
        return new CredentialChange(row, row.digest(), stored, row.digest(), stored);
    }

    /** Whether its identity changes with it. */
    public boolean renames() {
        return !digest.equals(row.digest());
    }

    @Override
    public String toString() {
        return "new form of " + row;
    }
}
