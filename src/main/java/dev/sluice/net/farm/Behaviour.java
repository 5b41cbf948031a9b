package dev.sluice.net.farm;

import java.util.Locale;

/** How an address of the farm treats a connection. */
public enum Behaviour {
    /** Forwards as its protocols say. */
    PROXY,
    /** Forwards for those who know a password that no list tells. */
    LOCKED,
    /** Forwards, and adds a script to HTML that came by plain HTTP. */
    INJECT,
    /** Forwards, and puts a certificate of its own in place of a TLS target's. */
    SWAP_CERTIFICATE,
    /** Accepts and never says a byte. */
    MUTE,
    /** Answers a byte a second. */
    DRIP,
    /** Begins a proper answer and resets the connection. */
    RESET,
    /** Answers bytes of no protocol. */
    GARBAGE,
    /** Answers 200 and a page of its own to everything, forwards nothing. */
    ALWAYS_200,
    /** Its port answers no SYN. */
    SILENT,
    /** Its port answers a SYN with a reset. */
    REFUSE;

    private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** Lower-case name with dashes, for example {@code swap-certificate}. */
    public String text() {
        return text;
    }

    /** Whether a client that knows what is asked for gets its request forwarded, be it tampered with. */
    public boolean forwards() {
        return this == PROXY || this == LOCKED || this == INJECT || this == SWAP_CERTIFICATE;
    }
}
