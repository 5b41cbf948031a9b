package dev.sluice.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The file that a configuration was read from. Its text may hold secrets: it is shown nowhere.
 *
 * @param path as it was named, or the default one
 * @param text as it stood there; null when there was no such file
 */
public record ConfigFile(Path path, @Nullable String text) {
    private static final int SHOWN_DIGITS = 12;

    /** SHA-256 of the text, twelve hexadecimal digits; empty when there was no file. */
    public String hash() {
        return text == null ? "" : hash(text.getBytes(StandardCharsets.UTF_8));
    }

    /** SHA-256 of the bytes of a file, as {@link #hash()}. */
    public static String hash(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(digest).substring(0, SHOWN_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return path + (text == null ? " (absent)" : " (" + hash() + ')');
    }
}
