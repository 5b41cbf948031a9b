package dev.sluice.store.memory;

import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;

/**
 * What tells entries apart.
 *
 * @param digest what stands for the credentials, as in {@link Login}
 */
record Identity(Scheme scheme, String host, int port, String digest) {
    static Identity of(ProxyKey key, String digest) {
        return new Identity(key.scheme(), key.host(), key.port(), digest);
    }

    /** The same proxy under another scheme. */
    Identity withScheme(Scheme other) {
        return new Identity(other, host, port, digest);
    }
}
