package dev.sluice.parse;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses may be proxies, and which may be dialled. Thread-safe. Follows the configuration where it was made so:
 * whoever holds one asks it anew each time, and a network that is taken away is dialled no more.
 *
 * <p>An address is admitted when it is public, or lies in one of {@link #allowedNetworks}, or {@link #allowPrivate} is on.
 * Where {@link #allowedNetworks} is not empty, nothing outside them is dialled: closed environments, tests and the demo
 * rely on it.
 */
public final class AddressPolicy {
    /** Only public addresses, all of them may be dialled. */
    public static final AddressPolicy PUBLIC = new AddressPolicy(List.of(), false);

    private final Supplier<List<Cidr>> allowedNetworks;
    private final BooleanSupplier allowPrivate;

    private AddressPolicy(Supplier<List<Cidr>> allowedNetworks, BooleanSupplier allowPrivate) {
        this.allowedNetworks = allowedNetworks;
        this.allowPrivate = allowPrivate;
    }

    /**
     * A policy that stays as it is.
     *
     * @param allowedNetworks {@code net.allowed-networks}
     * @param allowPrivate admit addresses that are not public
     */
    public AddressPolicy(List<Cidr> allowedNetworks, boolean allowPrivate) {
        List<Cidr> networks = List.copyOf(allowedNetworks);
        this.allowedNetworks = () -> networks;
        this.allowPrivate = () -> allowPrivate;
    }

    /**
     * A policy that follows what is in force.
     *
     * @param allowedNetworks {@code net.allowed-networks} at the moment, an immutable list; asked for each address, on any
     *     thread
     * @param allowPrivate whether addresses that are not public are admitted at the moment
     */
    public static AddressPolicy following(Supplier<List<Cidr>> allowedNetworks, BooleanSupplier allowPrivate) {
        return new AddressPolicy(allowedNetworks, allowPrivate);
    }

    /** The same networks, with addresses admitted that are not public. Follows what this one follows. */
    public AddressPolicy withPrivate() {
        return new AddressPolicy(allowedNetworks, () -> true);
    }

    /** Networks outside which nothing is dialled, at the moment; empty: anywhere. */
    public List<Cidr> allowedNetworks() {
        return allowedNetworks.get();
    }

    /** Whether addresses that are not public are admitted, at the moment. */
    public boolean allowPrivate() {
        return allowPrivate.getAsBoolean();
    }

    /**
     * Why {@code address} can't be an entry.
     *
     * @param address 4 or 16 bytes
     * @return null when it is admitted, otherwise the kind of address, for example {@code loopback}
     */
    public @Nullable String refusal(byte[] address) {
        return refusal(address, allowedNetworks.get());
    }

    /**
     * Whether a connection to {@code address} may be opened.
     *
     * @param address 4 or 16 bytes
     */
    public boolean mayDial(byte[] address) {
        List<Cidr> networks = allowedNetworks.get();
        return networks.isEmpty() ? refusal(address, networks) == null : inside(networks, address);
    }

    private @Nullable String refusal(byte[] address, List<Cidr> networks) {
        AddressKind kind = AddressKind.of(address);
        boolean admitted = kind == AddressKind.PUBLIC || allowPrivate.getAsBoolean() || inside(networks, address);
        return admitted ? null : kind.text();
    }

    private static boolean inside(List<Cidr> networks, byte[] address) {
        if (networks.isEmpty()) {
            return false;
        }
        byte[] plain = IpAddress.unmapped(address);
        for (Cidr network : networks) {
            if (network.contains(plain)) {
                return true;
            }
        }
        return false;
    }
}
