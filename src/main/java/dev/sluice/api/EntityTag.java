package dev.sluice.api;

import io.vertx.core.buffer.Buffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Names a representation, so that a client that has it need not get it again (RFC 9110, 8.8.3). */
final class EntityTag {
    private static final int BYTES = 16;

    private EntityTag() {}

    /** A strong tag: another one for any other bytes. */
    static String of(Buffer body) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(body.getBytes());
            return '"' + HexFormat.of().formatHex(digest, 0, BYTES) + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Whether values of If-None-Match name {@code tag}, compared weakly as they ask for, or anything at all. */
    static boolean matches(List<String> ifNoneMatch, String tag) {
        for (String value : ifNoneMatch) {
            for (String each : value.split(",", -1)) {
                String given = each.trim();
                if (given.equals("*") || given.equals(tag) || given.equals("W/" + tag)) {
                    return true;
                }
            }
        }
        return false;
    }
}
