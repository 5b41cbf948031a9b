package dev.sluice.port;

import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys that encrypt passwords of proxies, and their rotation in steps, none of which stops anything. {@code secret}
 * implements it; the API and the command line use it. Thread-safe.
 */
public interface Encryption {
    /** Type of the jobs that encrypt everything under the first key, of kind {@link JobKind#ANALYSIS}. */
    String REENCRYPT = "re-encrypt";

    /** How things stand. Counts over everything stored: on a large database it may take a second. */
    Future<Status> status();

    /** Adds a new key, with which nothing is encrypted yet. Fails with {@link EncryptionRefusedException}. */
    Future<Status> add();

    /** Encrypts with the key that was added from now on. Fails with {@link EncryptionRefusedException}. */
    Future<Status> promote();

    /**
     * Has everything encrypted anew under the present key, by a job.
     *
     * @param owner who asked for it; null when unknown
     */
    Future<Jobs.Submitted> reencrypt(@Nullable String owner);

    /**
     * Removes the keys that are no longer needed. Where several instances may share the database, they are marked as
     * retired first, and removed when this is asked for again after a while, in case another instance wrote under one of
     * them still. Fails with {@link EncryptionRefusedException} while something is encrypted under one of them, and until
     * that while is over.
     */
    Future<Status> retire();

    /** What is to be done next. */
    enum Step {
        /** Nothing is under way; adding a key begins a rotation. */
        ADD,
        /** A key was added. */
        PROMOTE,
        /** Something is encrypted under another key than the present one, or not at all. */
        RE_ENCRYPT,
        /** A key is no longer needed. */
        RETIRE
    }

    /**
     * A key.
     *
     * @param id eight hexadecimal digits, derived from the key
     * @param state primary, next (added, not in use yet), old, retired (kept for a while in case somebody writes under it
     *     still), or missing (rows need it, and it is not here)
     * @param rows entries whose password is encrypted under it
     * @param digest whether the key of the digests is encrypted under it
     */
    record Key(String id, String state, long rows, boolean digest) {}

    /**
     * How things stand.
     *
     * @param source where keys come from: environment, file, secret-file, or none
     * @param managed whether this program writes the keys: {@link #add}, {@link #promote} and {@link #retire} can do
     *     something
     * @param encrypts whether new passwords are encrypted
     * @param keys the present one first
     * @param plain entries whose password is in the clear
     * @param unavailable entries whose key is not here
     * @param next what is to be done next
     */
    record Status(
            String source, boolean managed, boolean encrypts, List<Key> keys, long plain, long unavailable, Step next) {
        public Status {
            keys = List.copyOf(keys);
        }
    }
}
