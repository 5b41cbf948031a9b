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
    REFUSE,
    /** Begins an answer whose headers never end. */
    ENDLESS_HEADERS,
    /** Answers with one header of 10 MB. */
    GIANT_HEADER,
    /** Answers with a body whose chunks never end. */
    ENDLESS_CHUNKS,
    /** Chooses a SOCKS5 method that was not offered. */
    WRONG_SOCKS5_METHOD,
    /** Grants a SOCKS5 request with an address of another length than it says, then nothing. */
    WRONG_SOCKS5_LENGTH,
    /** Answers a SOCKS4 request with a code there is not. */
    WRONG_SOCKS4_REPLY,
    /** Grants CONNECT, and resets the connection when TLS has begun. */
    RESET_IN_TLS,
    /** Answers everything with what the target once answered to itself. */
    REPLAY,
    /** Redirects every request to port 8080 of the client's own host. */
    REDIRECT_TO_SELF,
    /** Ends before the Content-Length it told. */
    LENGTH_TOO_LONG,
    /** Goes on after the Content-Length it told. */
    LENGTH_TOO_SHORT,
    /** Asks for a password and takes none. */
    ALWAYS_407,
    /** Answers 502 to everything. */
    ALWAYS_502,
    /** Closes the connection when a request is complete. */
    CLOSE_AFTER_REQUEST,
    /** Answers 200 and a page of its own in gzip, whatever was asked for. */
    UNASKED_GZIP,
    /** No proxy: accepts, for those who want to know whether the way to the farm is open. */
    ANCHOR;

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
