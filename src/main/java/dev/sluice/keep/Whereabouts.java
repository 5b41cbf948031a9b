package dev.sluice.keep;

import dev.sluice.port.Locator;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.store.Located;
import org.jspecify.annotations.Nullable;

/** Looks up where proxies are, in memory. Thread-safe. */
final class Whereabouts {
    private final Locator locator;

    Whereabouts(Locator locator) {
        this.locator = locator;
    }

    /**
     * Where a proxy and its exit are, as far as databases know.
     *
     * @param host of the proxy; nothing is known of a name, which stands at many places
     * @param exitAddress null when it is not known
     */
    Located of(long id, String host, @Nullable String exitAddress) {
        return new Located(id, known(host), exitAddress, exitAddress == null ? null : known(exitAddress));
    }

    private @Nullable Location known(String address) {
        Location found = locator.locate(address);
        return found.isUnknown() ? null : found;
    }

    /** What is known anew of an entry that the store knows no place of, or that of its exit. */
    Located missing(StoredProxy stored) {
        String exitAddress = stored.health().exitAddress();
        return new Located(
                stored.id(),
                stored.location().isTold() ? null : known(stored.key().host()),
                exitAddress,
                exitAddress == null || stored.exit().isTold() ? null : known(exitAddress));
    }

    /** The entry with what was found, as the store will hold it. */
    static StoredProxy with(StoredProxy stored, Located found) {
        Location address = found.address();
        Location exit = found.exit();
        return address == null && exit == null
                ? stored
                : stored.located(
                        address == null ? stored.location() : address.over(stored.location()),
                        exit == null ? stored.exit() : exit.over(stored.exit()));
    }
}
