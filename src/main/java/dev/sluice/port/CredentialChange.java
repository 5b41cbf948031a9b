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
    /** Comes after the digest of a row that gave way, before its number. */
    private static final char ASIDE = '~';

    /** Encrypts what is in the clear, and gives it its digest. */
    public static CredentialChange sealing(CredentialRow row, Vault vault) {
        Secret password = Secret.of(row.stored());
        String digest = placed(vault.digest(new Credentials(row.user(), password)), row);
        String aside = aside(digest, row);
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

    /**
     * Writes in the clear, with the digest of older programs.
     *
     * @param password what {@code row} holds
     */
    public static CredentialChange clearing(CredentialRow row, String password) {
        String digest = placed(CredentialDigest.of(new Credentials(row.user(), Secret.of(password))), row);
        return new CredentialChange(row, digest, password, aside(digest, row), password);
    }

    /** A row that gave way stays beside the identity it had. */
    private static String placed(String digest, CredentialRow row) {
        int aside = row.digest().indexOf(ASIDE);
        return aside < 0 ? digest : digest + row.digest().substring(aside);
    }

    private static String aside(String digest, CredentialRow row) {
        return digest.indexOf(ASIDE) < 0 ? digest + ASIDE + row.id() : digest;
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
