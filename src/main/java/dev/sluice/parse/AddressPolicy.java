package dev.sluice.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses may be proxies, and which may be dialled. Immutable, thread-safe.
 *
 * <p>An address is admitted when it is public, or lies in one of {@code allowedNetworks}, or {@code allowPrivate} is on.
 * Where {@code allowedNetworks} is not empty, nothing outside them is dialled: closed environments, tests and the demo
 * rely on it.
 *
 * @param allowedNetworks {@code net.allowed-networks}
 * @param allowPrivate admit addresses that are not public
 */
public record AddressPolicy(List<Cidr> allowedNetworks, boolean allowPrivate) {
    /** Only public addresses, all of them may be dialled. */
    public static final AddressPolicy PUBLIC = new AddressPolicy(List.of(), false);

    public AddressPolicy {
        allowedNetworks = List.copyOf(allowedNetworks);
    }

    /**
     * Why {@code address} can't be an entry.
     *
     * @param address 4 or 16 bytes
     * @return null when it is admitted, otherwise the kind of address, for example {@code loopback}
     */
    public @Nullable String refusal(byte[] address) {
        AddressKind kind = AddressKind.of(address);
        return kind == AddressKind.PUBLIC || allowPrivate || inAllowed(address) ? null : kind.text();
    }

    /**
     * Whether a connection to {@code address} may be opened.
     *
     * @param address 4 or 16 bytes
     */
    public boolean mayDial(byte[] address) {
        if (!allowedNetworks.isEmpty()) {
            return inAllowed(address);
        }
        return refusal(address) == null;
    }

    private boolean inAllowed(byte[] address) {
        byte[] plain = IpAddress.unmapped(address);
        for (Cidr network : allowedNetworks) {
            if (network.contains(plain)) {
                return true;
            }
        }
        return false;
    }
}
