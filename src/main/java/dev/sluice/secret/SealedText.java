package dev.sluice.secret;

import dev.sluice.port.Vault;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The stored form of what Tink encrypted: {@code v1:} and base64 of the URL alphabet without padding. Exactly one text
 * stands for given bytes, so that no changed one is taken.
 */
final class SealedText {
    private static final int PREFIX = Vault.SEALED_PREFIX.length();
    /** One byte for the version and four for the id of the key, as Tink has it. */
    private static final int HEAD = 5;

    private static final byte TINK = 1;
    private static final int IV_AND_TAG = 12 + 16;
    private static final int LEAST_CHARACTERS = PREFIX + (HEAD + IV_AND_TAG) * 4 / 3;
    /** Characters that hold the head. */
    private static final int HEAD_CHARACTERS = 7;

    private static final String DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private SealedText() {}

    static String of(byte[] sealed) {
        return Vault.SEALED_PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(sealed);
    }

    /** The bytes; null when it is no such text. */
    static byte @Nullable [] bytes(String text) {
        return text.startsWith(Vault.SEALED_PREFIX) ? body(text) : null;
    }

    /** Whether it is such a text, or one with a damaged beginning. Nobody's password looks like it by chance. */
    static boolean resembles(String text) {
        return body(text) != null;
    }

    private static byte @Nullable [] body(String text) {
        if (text.length() < LEAST_CHARACTERS) {
            return null;
        }
        String body = text.substring(PREFIX);
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(body);
            return bytes[0] == TINK && isOnlyText(bytes, body) ? bytes : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Padding, and bits of the last character that stand for nothing, are all that decoding lets pass. */
    private static boolean isOnlyText(byte[] bytes, String body) {
        int rest = bytes.length % 3;
        if (body.length() != (bytes.length * 4 + 2) / 3) {
            return false;
        }
        int unused = rest == 0 ? 0 : rest == 1 ? 0b1111 : 0b11;
        return (DIGITS.indexOf(body.charAt(body.length() - 1)) & unused) == 0;
    }

    /** Id of the key it is encrypted under, from the text or its first characters; empty where there is none. */
    static OptionalInt keyId(String text) {
        if (text.length() < PREFIX + HEAD_CHARACTERS || !text.startsWith(Vault.SEALED_PREFIX)) {
            return OptionalInt.empty();
        }
        try {
            byte[] head = Base64.getUrlDecoder().decode(text.substring(PREFIX, PREFIX + HEAD_CHARACTERS));
            return head.length < HEAD || head[0] != TINK
                    ? OptionalInt.empty()
                    : OptionalInt.of(ByteBuffer.wrap(head, 1, HEAD - 1).getInt());
        } catch (IllegalArgumentException e) {
            return OptionalInt.empty();
        }
    }
}
