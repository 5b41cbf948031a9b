package dev.sluice.port;

import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Secret;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * How passwords of proxies are stored: encrypted. {@code secret} implements it, {@code store} writes and reads with it; one
 * belongs to one database. Thread-safe.
 */
public interface Vault {
    /** What a digest under the key of the database begins with; rows that have one hold an encrypted password. */
    String DIGEST_PREFIX = "k1:";

    /** What an encrypted password begins with. */
    String SEALED_PREFIX = "v1:";

    /**
     * Completes when credentials can be encrypted and looked up; at once but for the first time. Makes what is missing: a
     * key for encryption where there is none yet, the key of digests in the database. Fails when the keys of the database
     * are not here, and nothing is made then.
     *
     * @param settings of the database this belongs to
     */
    Future<Void> ready(Settings settings);

    /**
     * What stands for credentials in the identity of a row: who has the database alone cannot try passwords against it.
     * To be called once it is {@link #ready}. At most 40 characters.
     */
    String digest(Credentials credentials);

    /**
     * What an instance that does the other thing of encrypting and not takes for it; rows with that digest are of the same
     * identity. Null where no row can have it.
     */
    @Nullable
    String otherDigest(Credentials credentials);

    /** A password as it is to be stored in this row. To be called once it is {@link #ready}. */
    String seal(Secret password, Binding row);

    /** Another text as it is to be stored, for this purpose alone. To be called once it is {@link #ready}. */
    String seal(String text, Purpose purpose);

    /**
     * A text that was stored for this purpose; one that was stored in the clear is itself. Null when it cannot be decrypted:
     * its key is not here, or it was made for something else. May read a small file.
     */
    @Nullable
    String openOrNull(String stored, Purpose purpose);

    /** What is stored in this row; whether it can be had shows when it is wanted. */
    Secret open(String stored, Binding row);

    /** Whether a row holds its password in the clear: from an older program, or by hand. */
    boolean isPlain(String stored, String digest);

    /** Whether passwords are encrypted at all; otherwise they are stored as older programs do. */
    boolean seals();

    /**
     * What another text belongs to: under another purpose it cannot be decrypted.
     *
     * @param use which kind of text it is, a constant
     * @param subject which of them
     */
    record Purpose(String use, String subject) {}

    /**
     * What a password belongs to: moved to another row it cannot be decrypted. The scheme is left out, because the rows of
     * one address under several schemes are copies of one another.
     *
     * @param user in the clear
     * @param digest of the credentials, as it stands in the row
     */
    record Binding(String host, int port, String user, String digest) {
        /** {@code host:port}, IPv6 in brackets. */
        public String address() {
            return (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + port;
        }
    }
}
