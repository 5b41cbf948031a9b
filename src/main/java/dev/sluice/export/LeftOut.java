package dev.sluice.export;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Why an entry is not in an export. */
public enum LeftOut {
    /** The format knows no proxies of this kind. */
    KIND,
    /** It asks for credentials, which the format has no place for, are not to be shown, or cannot be decrypted. */
    CREDENTIALS,
    /** It is named by a host name where the format wants an address. */
    HOST_NAME,
    /** Its host or its credentials have characters that the format cannot hold. */
    CHARACTERS,
    /** The format holds no more. */
    LIMIT;

    /** Lower-case name with hyphens, as users see it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The reason of this name; null when there is none. */
    public static @Nullable LeftOut of(String text) {
        for (LeftOut reason : values()) {
            if (reason.text().equals(text)) {
                return reason;
            }
        }
        return null;
    }
}
