package dev.sluice.store.schema;

import dev.sluice.port.KeyRecord;
import dev.sluice.store.ProxyStore;
import dev.sluice.store.StoreException;
import java.util.regex.Pattern;

/**
 * What a store takes from its callers. Every method throws {@link StoreException} with the name of the database and what
 * was expected; secrets, labels and values of settings are never repeated.
 *
 * @param database its name for messages
 */
public record Bounds(String database) {
    private static final int LONGEST_PAGE = 10_000;
    private static final int HIGHEST_PRIORITY = 10;
    private static final Pattern KEY_ID = Pattern.compile("[A-Za-z0-9]{1,64}");
    private static final int LONGEST_LABEL = 100;
    private static final int LONGEST_PEPPER_ID = 64;
    private static final int HASH_BYTES = 32;
    private static final int LONGEST_NAME = 200;
    private static final int LONGEST_VALUE = 10_000;

    /** How many entries are asked for by number. */
    public void ids(String action, int count) {
        check(action, "number of ids", count, 1, ProxyStore.MAX_IDS);
    }

    /** A priority. */
    public void priority(String action, int priority) {
        check(action, "priority", priority, 1, HIGHEST_PRIORITY);
    }

    /** A range of priorities. */
    public void priorities(String action, int lowest, int highest) {
        check(action, "lowest priority", lowest, 1, HIGHEST_PRIORITY);
        check(action, "highest priority", highest, lowest, HIGHEST_PRIORITY);
    }

    /** The size of a page. */
    public void limit(String action, int limit) {
        check(action, "limit", limit, 1, LONGEST_PAGE);
    }

    /** A key to keep. */
    public void key(KeyRecord key) {
        String action = "adding a key";
        if (!KEY_ID.matcher(key.id()).matches()) {
            // Whoever mixed up the parts of a key would find its secret in the log.
            throw refusal(action, "id: " + key.id().length() + " characters", "1..64 letters and digits");
        }
        check(action, "characters of the label", characters(key.label()), 1, LONGEST_LABEL);
        check(action, "characters of the pepper's id", characters(key.pepperId()), 1, LONGEST_PEPPER_ID);
        check(action, "bytes of the hash", key.hash().length, HASH_BYTES, HASH_BYTES);
        check(action, "requests a second", key.requestsPerSecond(), 0, Integer.MAX_VALUE);
    }

    /** The failure of keeping a key whose id another one has. */
    public StoreException taken(KeyRecord key) {
        return refusal("adding a key", "id: " + key.id(), "one that is not taken");
    }

    /** When a key was revoked: 0 would leave it as it is. */
    public void revokedAt(long atMillis) {
        check("revoking a key", "time", atMillis, 1, Long.MAX_VALUE);
    }

    /** A setting to keep. */
    public void setting(String name, String value) {
        check("setting", "characters of the name", name.length(), 1, LONGEST_NAME);
        check("setting " + name, "characters of the value", value.length(), 0, LONGEST_VALUE);
    }

    private void check(String action, String what, long value, long least, long most) {
        if (value < least || value > most) {
            throw refusal(action, what + ": " + value, least == most ? Long.toString(least) : least + ".." + most);
        }
    }

    private StoreException refusal(String action, String what, String expected) {
        return new StoreException(
                StoreException.Kind.FAILED, database + ": " + action + ": " + what + " (expected: " + expected + ')');
    }

    private static int characters(String text) {
        return text.codePointCount(0, text.length());
    }
}
