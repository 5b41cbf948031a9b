package dev.sluice.secret;

import dev.sluice.port.KeyRecord;

/**
 * A key that is kept, and whether it can be used.
 *
 * @param record last use included, up to now as far as this process knows
 */
public record ListedKey(KeyRecord record, State state) {
    /** Whether a key can be used. */
    public enum State {
        /** It can. */
        LIVE("live"),
        /** Its time is over. */
        EXPIRED("expired"),
        /** It was taken back. */
        REVOKED("revoked"),
        /** Its hash was keyed by another pepper than this process has: nobody can tell here whether it is right. */
        OTHER_PEPPER("other-pepper");

        private final String text;

        State(String text) {
            this.text = text;
        }

        /** Name as users read it. */
        public String text() {
            return text;
        }
    }
}
