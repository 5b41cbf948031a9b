package dev.sluice.store;

import dev.sluice.port.CredentialChange;
import dev.sluice.port.CredentialRow;
import dev.sluice.port.CredentialRows;
import dev.sluice.port.Vault;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encrypts passwords that are stored in the clear: by an older program, or by hand. Page by page, each in a transaction of
 * its own, so that it can be interrupted anywhere; where there is none it costs a look at an empty index.
 */
public final class PlainPasswords {
    private static final Logger LOG = LoggerFactory.getLogger(PlainPasswords.class);
    private static final int PAGE = 1_000;
    private static final int PAGES_TOLD = 100;

    private final ProxyStore store;
    private final Vault vault;
    private final InstantSource clock;

    /** Of a store, which is written with {@code vault}. */
    public PlainPasswords(ProxyStore store, Vault vault, InstantSource clock) {
        this.store = store;
        this.vault = vault;
        this.clock = clock;
    }

    /** Encrypts all there are. @return how many */
    public Future<Long> seal() {
        if (!vault.seals()) {
            return Future.succeededFuture(0L);
        }
        return store.credentials().plain(0, PAGE).compose(page -> {
            if (page.stream().noneMatch(this::isPlain)) {
                return page.size() < PAGE ? Future.succeededFuture(0L) : pages(page, new Done(0, 0, 0));
            }
            LOG.atInfo().log("passwords of proxies that are stored in the clear are being encrypted");
            return vault.ready(store.settings())
                    .compose(ready -> pages(page, new Done(0, 0, 0)))
                    .compose(encrypted -> store.credentials().settle().map(encrypted));
        });
    }

    private boolean isPlain(CredentialRow row) {
        return vault.isPlain(row.stored(), row.digest());
    }

    private Future<Long> pages(List<CredentialRow> page, Done before) {
        if (page.isEmpty()) {
            return Future.succeededFuture(before.sealed);
        }
        List<CredentialChange> changes = page.stream()
                .filter(this::isPlain)
                .map(row -> CredentialChange.sealing(row, vault))
                .toList();
        long last = page.get(page.size() - 1).id();
        Future<CredentialRows.Written> written = changes.isEmpty()
                ? Future.succeededFuture(new CredentialRows.Written(0, 0))
                : store.credentials().write(changes, clock.millis());
        return written.compose(done -> {
            Done now = new Done(before.sealed + done.written(), before.gaveWay + done.gaveWay(), before.pages + 1);
            if (page.size() < PAGE || now.pages % PAGES_TOLD == 0) {
                LOG.atInfo()
                        .addKeyValue("passwords", now.sealed)
                        .addKeyValue("merged", now.gaveWay)
                        .log("encrypted so far");
            }
            return page.size() < PAGE
                    ? Future.succeededFuture(now.sealed)
                    : store.credentials().plain(last, PAGE).compose(next -> pages(next, now));
        });
    }

    private record Done(long sealed, long gaveWay, int pages) {}
}
