package dev.sluice.port;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of an API key; never the key itself. Times are milliseconds since 1970-01-01T00:00Z, 0 for never.
 *
 * @param id the public part of the key, letters and digits, unique
 * @param label what the operator calls it, 1..100 characters
 * @param roles what it may do
 * @param credentials whether its answers show passwords of proxies
 * @param hash keyed hash of the secret part, 32 bytes
 * @param pepperId which pepper keyed the hash
 * @param requestsPerSecond its own limit, 0 for the configured one
 * @param createdAtMillis when it was made
 * @param expiresAtMillis from when on it is refused, 0 for never
 * @param revokedAtMillis when it was revoked, 0 while it is not
 * @param lastUsedAtMillis last request, as of about a minute ago
 */
public record KeyRecord(
        String id,
        String label,
        Set<Role> roles,
        boolean credentials,
        byte[] hash,
        String pepperId,
        int requestsPerSecond,
        long createdAtMillis,
        long expiresAtMillis,
        long revokedAtMillis,
        long lastUsedAtMillis) {
    public KeyRecord {
        roles = Set.copyOf(roles);
        hash = hash.clone();
    }

    @Override
    public byte[] hash() {
        return hash.clone();
    }

    /** What a key may do. */
    public enum Role {
        /** Read. */
        READ,
        /** Report what worked. */
        FEEDBACK,
        /** Everything, READ and FEEDBACK included. */
        ADMIN;

        /** Name in lower case, as users write it. */
        public String text() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }

        /** The role of this name; null when there is none. */
        public static @Nullable Role of(String text) {
            for (Role role : values()) {
                if (role.text().equals(text)) {
                    return role;
                }
            }
            return null;
        }
    }
}
