package dev.sluice.api;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where a page ended, as a text for URLs: {@value #LENGTH} characters. A digest in it covers the place and the query, so that it
 * is good for that query alone, and what was altered on the way is noticed. It is no secret: it names nothing that the answer
 * did not.
 *
 * @param value by which the last entry was sorted
 * @param id number of the last entry
 */
record Cursor(long value, long id) {
    /** Characters of the text. */
    static final int LENGTH = 32;

    private static final int BYTES = 24;
    private static final int DIGEST = 8;

    /** A query as cursors see it: its parameters but for those that may change from page to page. */
    static String query(String state, String sort, Map<String, String> parameters) {
        Map<String, String> lasting = new TreeMap<>(parameters);
        lasting.remove(SearchForm.CURSOR);
        lasting.remove(SearchForm.LIMIT);
        lasting.put(SearchForm.STATE, state);
        lasting.put(SearchForm.SORT, sort);
        StringBuilder text = new StringBuilder();
        lasting.forEach(
                (name, given) -> text.append(name).append('=').append(given).append('\n'));
        return text.toString();
    }

    /** The text, for {@code query} alone. */
    String text(String query) {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES).putLong(value).putLong(id).put(digest(query));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** Reads a text; null when it is no cursor of {@code query}. */
    static @Nullable Cursor read(String text, String query) {
        byte[] bytes;
        try {
            bytes = text.length() == LENGTH ? Base64.getUrlDecoder().decode(text) : new byte[0];
        } catch (IllegalArgumentException e) {
            return null;
        }
        if (bytes.length != BYTES) {
            return null;
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        Cursor cursor = new Cursor(buffer.getLong(), buffer.getLong());
        byte[] digest = new byte[DIGEST];
        buffer.get(digest);
        return MessageDigest.isEqual(digest, cursor.digest(query)) ? cursor : null;
    }

    private byte[] digest(String query) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(ByteBuffer.allocate(16).putLong(value).putLong(id).flip());
            byte[] whole = sha.digest(query.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.allocate(DIGEST).put(whole, 0, DIGEST).array();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }
}
