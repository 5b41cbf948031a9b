package dev.sluice.bulk;

import dev.sluice.port.Settings;
import dev.sluice.port.Vault;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * Addresses of lists as the payloads of jobs hold them: encrypted, because they may hold a token or a password. Each is
 * bound to what it is for and to the name of its import, so that it cannot be passed off as anything else that is stored,
 * nor be fetched under another name. It cannot be bound to its job, whose id the queue gives afterwards; and more would
 * not help: who writes into the table of jobs may copy a whole payload, and gets no more by that than the same list
 * fetched again. Thread-safe.
 */
public final class ListAddresses {
    private static final String USE = "import-url";

    private final Vault vault;
    private final Settings settings;

    /** @param settings of the database that holds the jobs */
    public ListAddresses(Vault vault, Settings settings) {
        this.vault = vault;
        this.settings = settings;
    }

    /** An address as it is to be stored. Fails when there is no key to encrypt it with. */
    Future<String> seal(String url, String name) {
        return vault.ready(settings).map(ready -> vault.seal(url, new Vault.Purpose(USE, name)));
    }

    /** An address that was stored; older programs stored it in the clear. Null when it cannot be decrypted. Blocks. */
    @Nullable
    String openOrNull(String stored, String name) {
        return vault.openOrNull(stored, new Vault.Purpose(USE, name));
    }
}
