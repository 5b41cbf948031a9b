package dev.sluice.port;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

/**
 * How passwords are stored, for those who encrypt them anew. {@code store} implements it; the message of a failure holds
 * nothing of what is stored. Thread-safe.
 */
public interface CredentialRows {
    /** Characters of a stored password that tell under which key it is encrypted. */
    int KEY_CHARACTERS = 10;

    /**
     * Entries whose password seems to be in the clear, by id.
     *
     * @param afterId only ids above it; 0 to begin
     * @param limit 1..10000
     */
    Future<List<CredentialRow>> plain(long afterId, int limit);

    /**
     * Entries with a password, by id.
     *
     * @param afterId only ids above it; 0 to begin
     * @param limit 1..10000
     */
    Future<List<CredentialRow>> page(long afterId, int limit);

    /**
     * Writes credentials in their new form, in one transaction; a row that has changed since it was read is left as it
     * is. Where another entry has the new identity already, the row gives way: it is archived as replaced, and what lists
     * it lists the other one.
     *
     * @param nowMillis when a row gave way
     */
    Future<Written> write(List<CredentialChange> changes, long nowMillis);

    /** How many passwords begin with the same {@value #KEY_CHARACTERS} characters; those in the clear as one, under "". */
    Future<Map<String, Long>> count();

    /** To be called when many were encrypted: what was overwritten leaves the files of the database, as far as it can. */
    Future<Void> settle();

    /**
     * What was written.
     *
     * @param written rows in their new form, those that gave way included
     * @param gaveWay rows that gave way
     */
    record Written(int written, int gaveWay) {}
}
