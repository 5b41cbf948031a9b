package dev.sluice.api;

import dev.sluice.port.KeyRecord.Role;
import java.util.Set;

/**
 * Who asks.
 *
 * @param name for logs: the public part of a key, {@code admin-key}, {@code loopback}, or {@code nobody}
 * @param roles what it was given
 */
record Caller(String name, Set<Role> roles) {
    /** Nobody in particular, at an open route; and whoever was refused. */
    static final Caller NOBODY = new Caller("nobody", Set.of());

    /** Who reaches loopback while no key is needed. */
    static final Caller LOOPBACK = new Caller("loopback", Set.of(Role.values()));

    /** Who sends the configured key. */
    static final Caller ADMIN_KEY = new Caller("admin-key", Set.of(Role.ADMIN));

    /** Whether it has a role, be it as a part of ADMIN. */
    boolean has(Role role) {
        return roles.contains(role) || roles.contains(Role.ADMIN);
    }
}
