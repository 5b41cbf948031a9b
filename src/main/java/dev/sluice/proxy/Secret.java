package dev.sluice.proxy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A text that must not be printed. {@link #toString()} hides it; {@link #reveal()} is searched for in reviews. It is held
 * in the clear, or as it is stored, encrypted: then it is decrypted each time it is asked for, and not kept.
 */
public final class Secret {
    private final @Nullable String value;
    private final @Nullable Seal seal;

    private Secret(@Nullable String value, @Nullable Seal seal) {
        this.value = value;
        this.seal = seal;
    }

    /** Wraps {@code value}, which may be empty. */
    public static Secret of(String value) {
        return new Secret(Objects.requireNonNull(value, "value"), null);
    }

    /** What is stored encrypted. */
    public static Secret sealed(Seal seal) {
        return new Secret(null, Objects.requireNonNull(seal, "seal"));
    }

    /**
     * The text itself, for the one place that needs it.
     *
     * @throws CredentialUnavailableException when it is stored encrypted and cannot be decrypted
     */
    public String reveal() {
        return value != null ? value : Objects.requireNonNull(seal).open();
    }

    /** Whether {@link #reveal()} gives the text. */
    public boolean available() {
        return value != null || Objects.requireNonNull(seal).openOrNull() != null;
    }

    /** Whether it is known to be longer than that; of what is encrypted that is known to whoever encrypted it. */
    boolean exceeds(int characters) {
        return value != null && value.length() > characters;
    }

    /**
     * Compares the texts, in a time that does not depend on where they differ; what cannot be decrypted equals only what
     * is stored in the same form.
     */
    @Override
    public boolean equals(Object other) {
        if (this == other) {
            return true;
        }
        if (!(other instanceof Secret secret) || (seal != null && seal.equals(secret.seal))) {
            return other instanceof Secret;
        }
        String mine = textOrNull();
        String theirs = secret.textOrNull();
        return mine != null
                && theirs != null
                && MessageDigest.isEqual(
                        mine.getBytes(StandardCharsets.UTF_8), theirs.getBytes(StandardCharsets.UTF_8));
    }

    /** That of the text; of what cannot be decrypted, that of its stored form, until it can. */
    @Override
    public int hashCode() {
        String text = textOrNull();
        return text != null ? text.hashCode() : Objects.hashCode(seal);
    }

    private @Nullable String textOrNull() {
        return value != null || seal == null ? value : seal.openOrNull();
    }

    @Override
    public String toString() {
        return "***";
    }
}
