package dev.sluice.store;

import dev.sluice.proxy.Secret;
import dev.sluice.secret.CredentialVault;

/** Vaults for stores of tests. */
public final class TestVaults {
    /** A key, as {@code security.encryption.keys} has it. */
    public static final String KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    /** Another one. */
    public static final String OTHER_KEY = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";

    private TestVaults() {}

    /** A vault that encrypts with {@link #KEY}. */
    public static CredentialVault usual() {
        return of(KEY);
    }

    /** A vault with these keys, the first of which encrypts. */
    public static CredentialVault of(String keys) {
        return CredentialVault.given(Secret.of(keys), true);
    }

    /** A vault that writes as an older program does, and like that knows nothing of what is encrypted. */
    public static CredentialVault older() {
        return CredentialVault.given(Secret.of(OTHER_KEY), false);
    }

    /** A vault that has {@link #KEY} and does not encrypt, as beside older programs. */
    public static CredentialVault clear() {
        return CredentialVault.given(Secret.of(KEY), false);
    }
}
