package dev.sluice.secret;

import dev.sluice.port.CredentialChange;
import dev.sluice.port.CredentialRow;
import dev.sluice.port.CredentialRows;
import dev.sluice.port.Settings;
import dev.sluice.proxy.Secret;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts every stored password under the present key, page by page, while all else goes on: a row that somebody changes
 * meanwhile stays as they wrote it. What no known key opens is left as it is and counted. Thread-safe.
 */
public final class Reencryption {
    private static final int PAGE = 1_000;

    private final CredentialRows rows;
    private final Settings settings;
    private final CredentialVault vault;
    private final InstantSource clock;

    /** Of the database that is written with {@code vault}. */
    public Reencryption(CredentialRows rows, Settings settings, CredentialVault vault, InstantSource clock) {
        this.rows = rows;
        this.settings = settings;
        this.vault = vault;
        this.clock = clock;
    }

    /** Makes sure of a key to encrypt with, and that the one in use is the one that was promoted last. */
    public Future<Void> begin() {
        return vault.seals()
                ? vault.refresh()
                        .compose(read -> rows.page(0, 1))
                        .compose(first -> first.isEmpty() ? Future.succeededFuture() : vault.ready(settings))
                : Future.failedFuture(new EncryptionKeyException(
                        "security.encryption.seal: false (expected: true, to encrypt anything)"));
    }

    /** Does the next page; {@link Place#done} of what it returns tells whether it was the last. */
    public Future<Place> page(Place from) {
        return rows.page(from.afterId(), PAGE).compose(page -> {
            if (page.isEmpty()) {
                return finish().map(from.end());
            }
            List<CredentialChange> changes = new ArrayList<>();
            int unavailable = 0;
            for (CredentialRow row : page) {
                if (vault.isPlain(row.stored(), row.digest())) {
                    changes.add(CredentialChange.sealing(row, vault));
                } else if (!vault.isPresent(row.stored())) {
                    String clear = vault.openOrNull(row.stored(), row.binding());
                    if (clear == null) {
                        unavailable++;
                    } else {
                        changes.add(CredentialChange.resealing(row, Secret.of(clear), vault));
                    }
                }
            }
            return write(from, page, changes, unavailable);
        });
    }

    /** The key of digests is last: a rotation that was interrupted needs its old key, and shows that it does. */
    private Future<Void> finish() {
        return vault.resealDigestKey(settings).compose(resealed -> rows.settle());
    }

    /** All of it, for who has no workers. */
    public Future<Place> all() {
        return begin().compose(begun -> from(Place.of(null)));
    }

    /**
     * Writes every stored password in the clear, as older programs read it, page by page; what no known key opens is left
     * as it is and counted. Refused while passwords are encrypted: they would be again at once.
     */
    public Future<Place> unseal() {
        return vault.seals()
                ? Future.failedFuture(
                        new EncryptionKeyException("unseal: security.encryption.seal: true (expected: false,"
                                + " here and in every instance, for nothing to be encrypted again)"))
                : vault.refresh().compose(read -> unseal(Place.of(null)));
    }

    private Future<Place> unseal(Place from) {
        return rows.page(from.afterId(), PAGE).compose(page -> {
            if (page.isEmpty()) {
                return rows.settle().map(from.end());
            }
            List<CredentialChange> changes = new ArrayList<>();
            int unavailable = 0;
            for (CredentialRow row : page) {
                String clear = vault.isPlain(row.stored(), row.digest())
                        ? row.stored()
                        : vault.openOrNull(row.stored(), row.binding());
                if (clear == null) {
                    unavailable++;
                } else {
                    CredentialChange change = CredentialChange.clearing(row, clear);
                    if (change.renames() || !clear.equals(row.stored())) {
                        changes.add(change);
                    }
                }
            }
            return write(from, page, changes, unavailable).compose(this::unseal);
        });
    }

    private Future<Place> write(Place from, List<CredentialRow> page, List<CredentialChange> changes, int unavailable) {
        long last = page.get(page.size() - 1).id();
        return (changes.isEmpty()
                        ? Future.succeededFuture(new CredentialRows.Written(0, 0))
                        : rows.write(changes, clock.millis()))
                .map(written -> from.after(last, page.size(), written, unavailable));
    }

    private Future<Place> from(Place place) {
        return page(place).compose(next -> next.done() ? Future.succeededFuture(next) : from(next));
    }

    /**
     * How far it is.
     *
     * @param afterId the last number done
     * @param looked passwords looked at
     * @param encrypted those that were encrypted anew, or written in the clear
     * @param merged those whose entry gave way to one with the same identity
     * @param unavailable those that no known key opens
     * @param done whether that was all
     */
    public record Place(long afterId, long looked, long encrypted, long merged, long unavailable, boolean done) {
        /** From a cursor; the beginning for null. */
        public static Place of(@Nullable String cursor) {
            if (cursor == null) {
                return new Place(0, 0, 0, 0, 0, false);
            }
            String[] parts = cursor.split(" ", -1);
            return new Place(
                    Long.parseLong(parts[0]),
                    Long.parseLong(parts[1]),
                    Long.parseLong(parts[2]),
                    Long.parseLong(parts[3]),
                    Long.parseLong(parts[4]),
                    false);
        }

        private Place after(long id, int passwords, CredentialRows.Written written, int failed) {
            return new Place(
                    id,
                    looked + passwords,
                    encrypted + written.written(),
                    merged + written.gaveWay(),
                    unavailable + failed,
                    false);
        }

        private Place end() {
            return new Place(afterId, looked, encrypted, merged, unavailable, true);
        }

        /** What {@link #of} reads. */
        public String cursor() {
            return afterId + " " + looked + " " + encrypted + " " + merged + " " + unavailable;
        }

        /** For people. */
        public String json() {
            return "{\"looked\":" + looked + ",\"encrypted\":" + encrypted + ",\"merged\":" + merged
                    + ",\"unavailable\":" + unavailable + "}";
        }
    }
}
