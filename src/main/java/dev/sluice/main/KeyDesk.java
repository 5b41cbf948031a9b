package dev.sluice.main;

import dev.sluice.secret.NewKey;
import java.util.List;

/** Where API keys are made, shown and revoked for the command line. Its methods block, and throw what went wrong. */
interface KeyDesk {
    /** Makes a key. */
    Made create(NewKey wanted) throws Exception;

    /** Every key, oldest first. */
    List<Row> list() throws Exception;

    /** Revokes a key; false when there is no such key. */
    boolean revoke(String id) throws Exception;

    /**
     * A key that was made.
     *
     * @param text the key itself
     */
    record Made(String id, String text) {}

    /**
     * A key as it is shown. Times are as in ISO 8601; what there is none of is a dash.
     *
     * @param state live, expired, revoked or other-pepper
     */
    record Row(
            String id,
            String label,
            String roles,
            boolean credentials,
            String rate,
            String created,
            String expires,
            String lastUsed,
            String state) {
        static final String NONE = "-";
    }
}
