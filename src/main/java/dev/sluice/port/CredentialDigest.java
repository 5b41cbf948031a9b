package dev.sluice.port;

import dev.sluice.proxy.Credentials;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** What older programs put for credentials into the identity of a row. No key goes into it, so passwords can be tried. */
public final class CredentialDigest {
    private static final int BYTES = 16;

    private CredentialDigest() {}

    /**
     * The first half of the SHA-256 of the length of the user, the user and the password, in hexadecimal: 32
     * characters; empty for no credentials.
     */
    public static String of(@Nullable Credentials credentials) {
        if (credentials == null) {
            return "";
        }
        byte[] user = credentials.user().getBytes(StandardCharsets.UTF_8);
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(user.length).array());
            digest.update(user);
            byte[] hash = digest.digest(credentials.password().reveal().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(Arrays.copyOf(hash, BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }
}
