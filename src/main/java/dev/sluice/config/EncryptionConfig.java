package dev.sluice.config;

import dev.sluice.proxy.Secret;
import org.jspecify.annotations.Nullable;

/** Section {@code security.encryption}. */
public record EncryptionConfig(
        @Setting(
                doc =
                        "Keys that encrypt stored passwords of proxies, each 32 bytes in base64, by comma; the first encrypts,"
                                + " all decrypt. Usually given as SLUICE_ENCRYPTION_KEY. Absent: a file.")
        @Nullable
        Secret keys,

        @Setting(
                doc = "File with those keys, also SLUICE_ENCRYPTION_KEY_FILE; for its owner alone (mode 0600). Absent:"
                        + " sluice.key beside the database, made on first need.")
        @Nullable
        String keyFile,

        @Setting(
                doc =
                        "File with those keys that the platform mounts, such as a secret of Kubernetes: it is not written, and"
                                + " who may read it is the platform's business. Goes before key-file.")
        @Nullable
        String secretFile,

        @Setting(
                doc = "Encrypts passwords. Off only while instances of an older version share the database.",
                value = "true")
        boolean seal) {
    /** Encrypts with keys in a file beside the database. */
    public static final EncryptionConfig USUAL = new EncryptionConfig(null, null, null, true);
}
