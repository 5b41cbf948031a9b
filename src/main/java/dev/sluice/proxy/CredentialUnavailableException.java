package dev.sluice.proxy;

/** A stored password cannot be decrypted. The message names the proxy and the key, never what is stored. */
public final class CredentialUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /**
     * What cannot be had.
     *
     * @param address {@code host:port} of the proxy
     * @param keyId id of the key it is encrypted under, or what stands there instead
     */
    public CredentialUnavailableException(String address, String keyId) {
        super("password of " + address + ": encrypted under key " + keyId
                + ", which does not open it here (expected: that key among the encryption keys, and the row as it was"
                + " written)");
    }
}
