package dev.sluice.net.farm;

import dev.sluice.proxy.Credentials;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** {@code Proxy-Authorization: Basic} (RFC 7617). */
final class BasicAuth {
    private static final String PREFIX = "Basic ";

    private BasicAuth() {}

    /** Whether {@code header} satisfies {@code wanted}; always when nothing is wanted. */
    static boolean admits(@Nullable Credentials wanted, @Nullable String header) {
        if (wanted == null) {
            return true;
        }
        if (header == null || !header.regionMatches(true, 0, PREFIX, 0, PREFIX.length())) {
            return false;
        }
        byte[] expected = Base64.getEncoder()
                .encode((wanted.user() + ':' + wanted.password().reveal()).getBytes(StandardCharsets.UTF_8));
        byte[] given = header.substring(PREFIX.length()).trim().getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(expected, given);
    }
}
