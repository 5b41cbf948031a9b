package dev.sluice.secret;

import com.google.crypto.tink.AccessesPartialKey;
import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.AesGcmKey;
import com.google.crypto.tink.aead.AesGcmParameters;
import com.google.crypto.tink.util.SecretBytes;
import dev.sluice.secret.EncryptionKey.State;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Keys as a keyset of Tink: AES-256-GCM, with the id of the key before what it encrypted. Immutable. */
final class KeyRing {
    /** Keys at a time. More than two are a rotation that was not finished. */
    static final int MOST_KEYS = 32;

    private static final AesGcmParameters PARAMETERS = parameters();

    private final List<EncryptionKey> keys;
    private final @Nullable Aead aead;

    private KeyRing(List<EncryptionKey> keys, @Nullable Aead aead) {
        this.keys = List.copyOf(keys);
        this.aead = aead;
    }

    private static AesGcmParameters parameters() {
        try {
            AeadConfig.register();
            return AesGcmParameters.builder()
                    .setKeySizeBytes(EncryptionKey.BYTES)
                    .setIvSizeBytes(12)
                    .setTagSizeBytes(16)
                    .setVariant(AesGcmParameters.Variant.TINK)
                    .build();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no AES-256-GCM", e);
        }
    }

    /**
     * A ring of these keys; the one in the state PRIMARY encrypts.
     *
     * @param where names them in messages
     * @throws EncryptionKeyException when two are the same, or not exactly one is to encrypt
     */
    @AccessesPartialKey
    static KeyRing of(List<EncryptionKey> keys, String where) {
        if (keys.isEmpty()) {
            return new KeyRing(List.of(), null);
        }
        if (keys.size() > MOST_KEYS) {
            throw new EncryptionKeyException(
                    where + ": " + keys.size() + " keys (expected: at most " + MOST_KEYS + ")");
        }
        for (int i = 0; i < keys.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (keys.get(i).id() == keys.get(j).id()) {
                    throw new EncryptionKeyException(
                            where + ": key " + (i + 1) + " is key " + (j + 1) + " again (expected: every key once)");
                }
            }
        }
        if (keys.stream().filter(key -> key.state() == State.PRIMARY).count() != 1) {
            throw new EncryptionKeyException(where + ": not one primary key (expected: the first, and no other)");
        }
        try {
            KeysetHandle.Builder builder = KeysetHandle.newBuilder();
            for (EncryptionKey key : keys) {
                KeysetHandle.Builder.Entry entry = KeysetHandle.importKey(AesGcmKey.builder()
                                .setParameters(PARAMETERS)
                                .setKeyBytes(SecretBytes.copyFrom(key.bytes(), InsecureSecretKeyAccess.get()))
                                .setIdRequirement(key.id())
                                .build())
                        .withFixedId(key.id());
                builder.addEntry(key.state() == State.PRIMARY ? entry.makePrimary() : entry);
            }
            return new KeyRing(keys, builder.build().getPrimitive(RegistryConfiguration.get(), Aead.class));
        } catch (GeneralSecurityException e) {
            throw new EncryptionKeyException(where + ": no keyset can be made of these keys", e);
        }
    }

    /** This ring, which can also decrypt what {@code earlier} could: a key that was known is not forgotten. */
    KeyRing remembering(KeyRing earlier, String where) {
        List<EncryptionKey> all = new ArrayList<>(keys);
        boolean primary = primary().isPresent();
        for (EncryptionKey key : earlier.keys) {
            if (!has(key.id()) && all.size() < MOST_KEYS) {
                all.add(primary ? key.as(State.OLD) : key);
            }
        }
        return all.size() == keys.size() ? this : of(all, where);
    }

    List<EncryptionKey> keys() {
        return keys;
    }

    Optional<EncryptionKey> primary() {
        return keys.stream().filter(key -> key.state() == State.PRIMARY).findFirst();
    }

    boolean has(int id) {
        for (EncryptionKey key : keys) {
            if (key.id() == id) {
                return true;
            }
        }
        return false;
    }

    /** Encrypts under the primary key. */
    byte[] encrypt(byte[] clear, byte[] context) {
        if (aead == null) {
            throw new IllegalStateException("no encryption key (expected: ready() before anything is encrypted)");
        }
        try {
            return aead.encrypt(clear, context);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-256-GCM failed", e);
        }
    }

    /** Decrypts; null when it is not what one of these keys made of anything in this context. */
    byte @Nullable [] decrypt(byte[] sealed, byte[] context) {
        if (aead == null) {
            return null;
        }
        try {
            return aead.decrypt(sealed, context);
        } catch (GeneralSecurityException e) {
            // Tink does not say which; whoever asks says what it was.
            return null;
        }
    }
}
