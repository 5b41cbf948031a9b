package dev.sluice.port;

/**
 * The credentials of an entry as they are stored.
 *
 * @param id the entry's number
 * @param user in the clear
 * @param digest what stands for the credentials in its identity
 * @param stored the password: encrypted, or in the clear
 */
public record CredentialRow(long id, String host, int port, String user, String digest, String stored) {
    /** What its password belongs to. */
    public Vault.Binding binding() {
        return binding(digest);
    }

    /** What its password would belong to under another digest. */
    public Vault.Binding binding(String other) {
        return new Vault.Binding(host, port, user, other);
    }

    @Override
    public String toString() {
        return "credentials of entry " + id;
    }
}
