package dev.sluice.net.farm;

import io.netty.util.NetUtil;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where a proxy of the farm may connect to: 127.0.0.0/8, by address or by the few names the farm knows. No DNS. */
final class Targets {
    private static final InetAddress LOOPBACK = ipv4(new byte[] {127, 0, 0, 1});

    private final Map<String, InetSocketAddress> names;

    /**
     * Adds names to {@code localhost}.
     *
     * @param names from {@code host:port} to the address meant by it, or from {@code host:*} for every port, where the
     *     address' own port is not used
     */
    Targets(Map<String, InetSocketAddress> names) {
        this.names = Map.copyOf(names);
    }

    /** The address to dial; null when the farm has no such target. */
    @Nullable
    InetSocketAddress resolve(String host, int port) {
        if (port < 1 || port > 65535) {
            return null;
        }
        String name = host.toLowerCase(Locale.ROOT);
        InetSocketAddress exact = names.get(name + ':' + port);
        if (exact != null) {
            return loopback(exact.getAddress(), exact.getPort());
        }
        InetSocketAddress any = names.get(name + ":*");
        if (any != null) {
            return loopback(any.getAddress(), port);
        }
        if (name.equals("localhost")) {
            return new InetSocketAddress(LOOPBACK, port);
        }
        return NetUtil.isValidIpV4Address(name)
                ? loopback(ipv4(NetUtil.createByteArrayFromIpAddressString(name)), port)
                : null;
    }

    static boolean isLoopback(@Nullable InetAddress address) {
        return address instanceof Inet4Address && address.isLoopbackAddress();
    }

    static InetAddress ipv4(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("address: " + bytes.length + " bytes (expected: 4)", e);
        }
    }

    private static @Nullable InetSocketAddress loopback(@Nullable InetAddress address, int port) {
        return isLoopback(address) ? new InetSocketAddress(address, port) : null;
    }
}
