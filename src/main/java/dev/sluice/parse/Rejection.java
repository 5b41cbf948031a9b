package dev.sluice.parse;

import java.util.Locale;

/** Why a line did not become an entry. */
public enum Rejection {
    /** White space only. Not counted as rejected. */
    BLANK,
    /** A comment. Not counted as rejected. */
    COMMENT,
    /** A heading. Not counted as rejected. */
    HEADER,
    /** The same entry stood before. */
    DUPLICATE,
    NO_PORT,
    BAD_PORT,
    PORT_RANGE,
    BAD_ADDRESS,
    LEADING_ZERO,
    AMBIGUOUS_IPV6,
    BAD_HOSTNAME,
    CIDR,
    /** An address that can't be a public proxy. */
    NON_PUBLIC,
    UNSUPPORTED_SCHEME,
    BAD_CREDENTIALS,
    MARKUP,
    ERROR_PAGE,
    NOT_A_PROXY,
    TOO_LONG;

    /** Lower-case name with dashes, as in metrics and reports. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether it is part of any well-formed list. */
    public boolean harmless() {
        return this == BLANK || this == COMMENT || this == HEADER;
    }
}
