package dev.sluice.secret;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;

/** A key of 256 bits and its place in a rotation. Its id follows from it, so that all who have it agree. */
final class EncryptionKey {
    static final int BYTES = 32;

    private final byte[] bytes;
    private final int id;
    private final State state;
    private final long retiredMillis;

    /** What a key is used for. */
    enum State {
        /** Encrypts and decrypts. */
        PRIMARY,
        /** Was added, and will encrypt once it is promoted. */
        NEXT,
        /** Has encrypted, and decrypts. */
        OLD,
        /** Was not needed any more at some time, and is kept for a while: somebody may write under it still. */
        RETIRED;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A key.
     *
     * @param bytes 32 of them
     * @param id as in what it encrypts
     */
    EncryptionKey(byte[] bytes, int id, State state) {
        this(bytes, id, state, 0);
    }

    private EncryptionKey(byte[] bytes, int id, State state, long retiredMillis) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("key: " + bytes.length + " bytes (expected: " + BYTES + ")");
        }
        this.bytes = bytes.clone();
        this.id = id;
        this.state = state;
        this.retiredMillis = retiredMillis;
    }

    /** A key whose id follows from it. */
    static EncryptionKey of(byte[] bytes, State state) {
        return new EncryptionKey(bytes, idOf(bytes), state);
    }

    static EncryptionKey random(SecureRandom random, State state) {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return of(bytes, state);
    }

    /**
     * Reads base64, with or without padding, of the usual or the URL alphabet.
     *
     * @param where names it in messages
     * @throws EncryptionKeyException when it is none, or of another length
     */
    static EncryptionKey parse(String text, String where, State state) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/'));
        } catch (IllegalArgumentException e) {
            // without the cause, which quotes a character
            throw new EncryptionKeyException(where + ": " + text.length() + " characters that are no base64 (expected: "
                    + BYTES + " bytes in base64, such as openssl rand -base64 32 prints)");
        }
        if (bytes.length != BYTES) {
            throw new EncryptionKeyException(
                    where + ": " + bytes.length + " bytes in base64 (expected: " + BYTES + ")");
        }
        return of(bytes, state);
    }

    private static int idOf(byte[] bytes) {
        try {
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(bytes))
                    .getInt();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }

    byte[] bytes() {
        return bytes.clone();
    }

    /** The key as {@link #parse} reads it. */
    String text() {
        return Base64.getEncoder().encodeToString(bytes);
    }

    int id() {
        return id;
    }

    State state() {
        return state;
    }

    EncryptionKey as(State other) {
        return new EncryptionKey(bytes, id, other);
    }

    EncryptionKey retired(long atMillis) {
        return new EncryptionKey(bytes, id, State.RETIRED, atMillis);
    }

    /** When it was retired; 0 when it is not. */
    long retiredMillis() {
        return retiredMillis;
    }

    /** Whether it is the same key, in whatever state. */
    boolean same(EncryptionKey other) {
        return id == other.id && MessageDigest.isEqual(bytes, other.bytes);
    }

    /** An id as people see it. */
    static String idText(int id) {
        return HexFormat.of().toHexDigits(id);
    }

    @Override
    public String toString() {
        return "key " + idText(id) + ' ' + state.text();
    }
}
