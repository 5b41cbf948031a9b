package dev.sluice.parse;

import dev.sluice.proxy.Credentials;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** User and password as they stand before an {@code @} (RFC 3986, section 3.2.1) or in fields of their own. */
final class Userinfo {
    private Userinfo() {}

    /** Credentials a proxy can be sent, or null: too long, or control characters. */
    static @Nullable Credentials credentials(String user, String password) {
        return sendable(user) && sendable(password) ? Credentials.of(user, password) : null;
    }

    /** Reads {@code user:password} or {@code user}; in a URL both are percent-encoded. Null when they cannot be sent. */
    static @Nullable Credentials read(String text, boolean url) {
        // A user cannot hold a colon (RFC 7617, section 2); a password can.
        int colon = text.indexOf(':');
        String user = colon < 0 ? text : text.substring(0, colon);
        String password = colon < 0 ? "" : text.substring(colon + 1);
        String plainUser = url ? decoded(user) : user;
        String plainPassword = url ? decoded(password) : password;
        return plainUser == null || plainPassword == null ? null : credentials(plainUser, plainPassword);
    }

    private static boolean sendable(String text) {
        if (text.length() > Credentials.MAX_LENGTH
                || text.getBytes(StandardCharsets.UTF_8).length > Credentials.MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /** Percent-decoded as UTF-8, or null when that is not what it is. A plus is a plus. */
    private static @Nullable String decoded(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '%') {
                byte[] plain = String.valueOf(c).getBytes(StandardCharsets.UTF_8);
                bytes.write(plain, 0, plain.length);
                continue;
            }
            int high = i + 2 < text.length() ? hex(text.charAt(i + 1)) : -1;
            int low = i + 2 < text.length() ? hex(text.charAt(i + 2)) : -1;
            if (high < 0 || low < 0) {
                return null;
            }
            bytes.write(high << 4 | low);
            i += 2;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static int hex(char c) {
        return c < 128 ? Character.digit(c, 16) : -1;
    }
}
