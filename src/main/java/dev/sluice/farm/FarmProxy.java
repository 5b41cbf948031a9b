package dev.sluice.farm;

import dev.sluice.net.farm.Behaviour;
import dev.sluice.net.farm.Role;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One entry of the farm: what a list says of it, and what it is.
 *
 * @param address the four bytes of 127.x.y.z in network order
 * @param port where it is dialled
 * @param claim the protocol a list names; {@link Scheme#HTTPS} means an HTTP proxy with CONNECT, {@link Scheme#UNKNOWN}
 *     that the list names none
 * @param kind what it is
 * @param role what its sockets do
 */
public record FarmProxy(int address, int port, Scheme claim, FarmKind kind, Role role) {
    /** Its address in dotted form. */
    public String host() {
        return dotted(address);
    }

    private static String dotted(int of) {
        return (of >>> 24) + "." + (of >>> 16 & 0xff) + "." + (of >>> 8 & 0xff) + "." + (of & 0xff);
    }

    /** The entry as a list has it, with the credentials the list tells. */
    public ProxyKey listed() {
        return new ProxyKey(claim, host(), port, listedCredentials());
    }

    /** The credentials the list tells; null when it tells none, though some may be asked for. */
    public @Nullable Credentials listedCredentials() {
        return kind.ask() == FarmKind.Ask.LISTED ? role.credentials() : null;
    }

    /** What a checker should keep: an identity for each protocol it speaks; for what forwards nothing, the listed one. */
    public List<ProxyKey> identities() {
        if (kind.speaks().isEmpty()) {
            return List.of(listed().withScheme(claim == Scheme.HTTPS ? Scheme.HTTP : claim));
        }
        return kind.speaks().stream().map(listed()::withScheme).toList();
    }

    /** Whether a client that knows only the list gets its requests forwarded, be they tampered with. */
    public boolean alive() {
        return role.behaviour().forwards() && role.behaviour() != Behaviour.LOCKED;
    }

    /** Whether a correct checker would serve it. */
    public boolean servable() {
        return alive() && tampering() == Tampering.NONE;
    }

    /** What it does to traffic. */
    public Tampering tampering() {
        return switch (role.behaviour()) {
            case INJECT -> Tampering.CONTENT;
            case SWAP_CERTIFICATE -> Tampering.CERTIFICATE;
            default -> Tampering.NONE;
        };
    }

    /** What a target learns when {@code scheme} is spoken; {@link Anonymity#UNKNOWN} when nothing gets through. */
    public Anonymity anonymity(Scheme scheme) {
        if (!alive()) {
            return Anonymity.UNKNOWN;
        }
        return scheme == Scheme.HTTP ? role.anonymity() : Anonymity.ELITE;
    }

    /** Whether plain HTTP targets are reached by forwarding when {@code scheme} is spoken. */
    public boolean http(Scheme scheme) {
        return alive() && (scheme != Scheme.HTTP || role.forwardsHttp());
    }

    /** Whether HTTPS targets are reached, with their own certificate. */
    public boolean https() {
        return alive() && role.tunnels() && tampering() != Tampering.CERTIFICATE;
    }

    /** The address a target sees; null when nothing gets through, and when it {@linkplain #rotating() is not always the same}. */
    public @Nullable String exitAddress() {
        return alive() && !rotating() ? host() : null;
    }

    /** Whether the address a target sees changes from connection to connection. */
    public boolean rotating() {
        return alive() && kind.rotates();
    }

    /** The addresses a target may see, nobody else's; empty when nothing gets through. */
    public List<String> exitAddresses() {
        if (!alive()) {
            return List.of();
        }
        return rotating() ? role.exits().stream().map(FarmProxy::dotted).toList() : List.of(host());
    }

    /** Why a correct check by {@code scheme} fails, the likeliest reason first; empty when it does not. */
    public List<FailureReason> reasons(Scheme scheme) {
        return kind.reasons(scheme);
    }
}
