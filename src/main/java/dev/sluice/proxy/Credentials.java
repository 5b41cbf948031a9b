package dev.sluice.proxy;

import java.util.Objects;

/**
 * User and password of a proxy. Part of its identity: vendors put sessions into passwords.
 *
 * @param user may be empty, at most 255 bytes as UTF-8 (the limit of SOCKS5, RFC 1929)
 * @param password may be empty, same limit
 */
public record Credentials(String user, Secret password) {
    /** Longest user or password in UTF-16 units that a list may bring. */
    public static final int MAX_LENGTH = 255;

    public Credentials {
        Objects.requireNonNull(password, "password");
        if (user.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "user: " + user.length() + " characters (expected: 0.." + MAX_LENGTH + ")");
        }
        if (password.exceeds(MAX_LENGTH)) {
            throw new IllegalArgumentException(
                    "password: " + password.reveal().length() + " characters (expected: 0.." + MAX_LENGTH + ")");
        }
    }

    /** Whether the password can be had: what is stored encrypted needs its key. */
    public boolean available() {
        return password.available();
    }

    /** Shorthand for a user and a password in the clear. */
    public static Credentials of(String user, String password) {
        return new Credentials(user, Secret.of(password));
    }
}
