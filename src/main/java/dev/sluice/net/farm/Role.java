package dev.sluice.net.farm;

import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Scheme;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one address of the farm plays.
 *
 * @param behaviour how it treats a connection
 * @param speaks protocols it answers to; {@link Scheme#HTTP}, {@link Scheme#SOCKS4}, {@link Scheme#SOCKS5}; empty unless
 *     {@linkplain Behaviour#forwards() it forwards}
 * @param anonymity what it tells the target in forwarded HTTP requests
 * @param forwardsHttp whether it takes absolute-form requests
 * @param tunnels whether it takes CONNECT; a SOCKS protocol tunnels by nature
 * @param credentials what it asks for; null when nothing. SOCKS4 compares the user only
 * @param exits addresses its ways out leave from, one connection after another; empty: the address that was dialled
 */
public record Role(
        Behaviour behaviour,
        Set<Scheme> speaks,
        Anonymity anonymity,
        boolean forwardsHttp,
        boolean tunnels,
        @Nullable Credentials credentials,
        List<Integer> exits) {
    public Role {
        speaks = Set.copyOf(speaks);
        exits = List.copyOf(exits);
        if (behaviour.forwards() == speaks.isEmpty()) {
            throw new IllegalArgumentException("speaks: " + speaks + " (expected: "
                    + (behaviour.forwards() ? "at least one protocol" : "none") + " for " + behaviour.text() + ")");
        }
        if (speaks.contains(Scheme.HTTPS) || speaks.contains(Scheme.UNKNOWN)) {
            throw new IllegalArgumentException("speaks: " + speaks + " (expected: HTTP, SOCKS4, SOCKS5)");
        }
    }

    /** A role that forwards nothing. */
    public static Role of(Behaviour behaviour) {
        return new Role(behaviour, Set.of(), Anonymity.UNKNOWN, false, false, null, List.of());
    }
}
