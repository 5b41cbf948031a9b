package dev.sluice.proxy;

import org.jspecify.annotations.Nullable;

/**
 * A text that is stored encrypted, and how to open it. Two seals that are equal hold the same text under the same key.
 * Thread-safe.
 */
public interface Seal {
    /** The text in the clear, decrypted each time; null when it cannot be decrypted. */
    @Nullable
    String openOrNull();

    /**
     * The text in the clear, decrypted each time.
     *
     * @throws CredentialUnavailableException when it cannot be decrypted
     */
    String open();
}
