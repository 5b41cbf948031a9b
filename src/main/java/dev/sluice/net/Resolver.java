package dev.sluice.net;

import io.vertx.core.Future;
import java.net.InetAddress;
import java.util.List;

/** Host names to addresses, without blocking. Thread-safe. */
public interface Resolver {
    /**
     * All addresses of {@code host}. An address in text form resolves to itself without asking anybody.
     *
     * @return at least one address; fails with {@link java.net.UnknownHostException} when there is none
     */
    Future<List<InetAddress>> resolve(String host);
}
