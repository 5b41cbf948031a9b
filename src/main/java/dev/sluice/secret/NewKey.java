package dev.sluice.secret;

import dev.sluice.port.KeyRecord.Role;
import java.util.EnumSet;
import java.util.Set;

/**
 * A key that is wanted.
 *
 * @param label what the operator calls it, 1..{@value #MAX_LABEL} characters without control characters
 * @param roles what it may do, one at least
 * @param credentials whether its answers show passwords of proxies
 * @param expiresAtMillis from when on it is refused, milliseconds since 1970-01-01T00:00Z; 0 for never
 * @param requestsPerSecond its own limit, 1..{@value #MAX_RATE}; 0 for the configured one
 */
public record NewKey(String label, Set<Role> roles, boolean credentials, long expiresAtMillis, int requestsPerSecond) {
    /** Longest label. */
    public static final int MAX_LABEL = 100;

    /** Highest limit of its own that a key can have. */
    public static final int MAX_RATE = 1_000_000;

    public NewKey {
        if (label.isBlank() || label.length() > MAX_LABEL || label.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("label: " + label.length() + " characters (expected: a text of 1.."
                    + MAX_LABEL + " characters, none of them a control character)");
        }
        if (roles.isEmpty()) {
            throw new IllegalArgumentException("roles: none (expected: read, feedback, admin)");
        }
        if (expiresAtMillis < 0) {
            throw new IllegalArgumentException("expiresAtMillis: " + expiresAtMillis + " (expected: 0 or more)");
        }
        if (requestsPerSecond < 0 || requestsPerSecond > MAX_RATE) {
            throw new IllegalArgumentException(
                    "requestsPerSecond: " + requestsPerSecond + " (expected: 0.." + MAX_RATE + ")");
        }
        roles = Set.copyOf(EnumSet.copyOf(roles));
    }
}
