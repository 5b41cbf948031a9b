package dev.sluice.secret;

import dev.sluice.port.Vault;
import dev.sluice.proxy.CredentialUnavailableException;
import dev.sluice.proxy.Seal;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A password as it is stored, with what opens it. */
record SealedPassword(CredentialVault vault, String stored, Vault.Binding row) implements Seal {
    @Override
    public @Nullable String openOrNull() {
        return vault.openOrNull(stored, row);
    }

    @Override
    public String open() {
        String clear = openOrNull();
        if (clear == null) {
            OptionalInt key = SealedText.keyId(stored);
            throw new CredentialUnavailableException(
                    row.address(), key.isPresent() ? EncryptionKey.idText(key.getAsInt()) : "none");
        }
        return clear;
    }

    @Override
    public String toString() {
        return "***";
    }
}
