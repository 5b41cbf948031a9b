package dev.sluice.net;

import dev.sluice.parse.AddressPolicy;
import dev.sluice.parse.IpAddress;
import io.vertx.core.Future;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Resolves only to addresses that may be dialled. One forbidden address among the answers refuses the name as a whole:
 * a name that points inside and outside at once is an attempt at rebinding. Whoever dials uses exactly the addresses
 * returned here. Thread-safe.
 */
public final class GuardedResolver implements Resolver {
    /** Where clouds answer questions about the machine, credentials included; never dialled, whatever is allowed. */
    private static final Set<String> METADATA_NAMES =
            Set.of("metadata.google.internal", "metadata.goog", "metadata", "instance-data");

    private static final List<byte[]> METADATA_ADDRESSES = List.of(
            address("169.254.169.254"), address("169.254.170.2"), address("100.100.100.200"), address("fd00:ec2::254"));

    private final Resolver resolver;
    private final AddressPolicy policy;

    public GuardedResolver(Resolver resolver, AddressPolicy policy) {
        this.resolver = resolver;
        this.policy = policy;
    }

    /**
     * {@inheritDoc}
     *
     * <p>IPv4 addresses first. Fails with {@link ForbiddenAddressException} when an answer, or the name itself, is
     * forbidden.
     */
    @Override
    public Future<List<InetAddress>> resolve(String host) {
        String refusal = refusal(host);
        if (refusal != null) {
            return Future.failedFuture(new ForbiddenAddressException(refusal));
        }
        return resolver.resolve(host).compose(answers -> {
            for (InetAddress answer : answers) {
                String forbidden = refusal(host, answer.getAddress());
                if (forbidden != null) {
                    return Future.failedFuture(new ForbiddenAddressException(forbidden));
                }
            }
            List<InetAddress> ordered = new ArrayList<>(answers);
            ordered.sort((a, b) -> Integer.compare(a.getAddress().length, b.getAddress().length));
            return Future.succeededFuture(List.copyOf(ordered));
        });
    }

    /** Why this host is forbidden, as far as its text tells; null when it may be allowed. */
    @Nullable
    String refusal(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        if (METADATA_NAMES.contains(name.endsWith(".") ? name.substring(0, name.length() - 1) : name)) {
            return host + ": a cloud metadata service is never connected to";
        }
        byte[] address = IpAddress.parse(host);
        return address == null ? null : refusal(host, address);
    }

    private @Nullable String refusal(String host, byte[] address) {
        if (isMetadata(address)) {
            return named(host, address) + ": a cloud metadata service is never connected to";
        }
        if (policy.mayDial(address)) {
            return null;
        }
        return named(host, address)
                + (policy.allowedNetworks().isEmpty()
                        ? " (expected: a public address)"
                        : " (expected: an address in net.allowed-networks)");
    }

    private static String named(String host, byte[] address) {
        String text = IpAddress.format(address);
        return host.equals(text) ? "address: " + text : host + ": resolves to " + text;
    }

    private static boolean isMetadata(byte[] address) {
        byte[] plain = IpAddress.unmapped(address);
        for (byte[] metadata : METADATA_ADDRESSES) {
            if (Arrays.equals(metadata, plain)) {
                return true;
            }
        }
        return false;
    }

    private static byte[] address(String text) {
        return Objects.requireNonNull(IpAddress.parse(text), text);
    }
}
