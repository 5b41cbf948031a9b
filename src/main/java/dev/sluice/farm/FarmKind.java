package dev.sluice.farm;

import dev.sluice.net.farm.Behaviour;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Scheme;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The kinds of entries a farm is mixed from. */
public enum FarmKind {
    /** HTTP proxy with CONNECT that tells the target the client's address. */
    HTTP_TRANSPARENT(Behaviour.PROXY, Anonymity.TRANSPARENT, Ask.NOTHING, Reach.ALL, Scheme.HTTP),
    /** HTTP proxy with CONNECT that tells the target that it is one. */
    HTTP_ANONYMOUS(Behaviour.PROXY, Anonymity.ANONYMOUS, Ask.NOTHING, Reach.ALL, Scheme.HTTP),
    /** HTTP proxy with CONNECT that passes requests as they are. */
    HTTP_ELITE(Behaviour.PROXY, Anonymity.ELITE, Ask.NOTHING, Reach.ALL, Scheme.HTTP),
    /** HTTP proxy without CONNECT. */
    HTTP_FORWARD_ONLY(Behaviour.PROXY, Anonymity.ELITE, Ask.NOTHING, Reach.FORWARD, Scheme.HTTP),
    /** HTTP proxy that knows nothing but CONNECT. */
    HTTP_CONNECT_ONLY(Behaviour.PROXY, Anonymity.ELITE, Ask.NOTHING, Reach.CONNECT, Scheme.HTTP),
    /** HTTP proxy with CONNECT whose password the list tells. */
    HTTP_PASSWORD(Behaviour.PROXY, Anonymity.ELITE, Ask.LISTED, Reach.ALL, Scheme.HTTP),
    /** SOCKS4 and SOCKS4a. */
    SOCKS4(Behaviour.PROXY, Anonymity.ELITE, Ask.NOTHING, Reach.ALL, Scheme.SOCKS4),
    /** SOCKS5 without authentication. */
    SOCKS5(Behaviour.PROXY, Anonymity.ELITE, Ask.NOTHING, Reach.ALL, Scheme.SOCKS5),
    /** SOCKS5 whose user and password the list tells. */
    SOCKS5_PASSWORD(Behaviour.PROXY, Anonymity.ELITE, Ask.LISTED, Reach.ALL, Scheme.SOCKS5),
    /** SOCKS5 and HTTP on one port, listed without a protocol. */
    DUAL(Behaviour.PROXY, Anonymity.ELITE, Ask.NOTHING, Reach.ALL, Scheme.HTTP, Scheme.SOCKS5),
    /** HTTP proxy that asks for a password no list tells. */
    LOCKED_HTTP(Behaviour.LOCKED, Anonymity.ELITE, Ask.UNLISTED, Reach.ALL, Scheme.HTTP),
    /** SOCKS5 proxy that asks for a password no list tells. */
    LOCKED_SOCKS5(Behaviour.LOCKED, Anonymity.ELITE, Ask.UNLISTED, Reach.ALL, Scheme.SOCKS5),
    /** HTTP proxy with CONNECT that adds a script to plain HTML. */
    INJECT(Behaviour.INJECT, Anonymity.ELITE, Ask.NOTHING, Reach.ALL, Scheme.HTTP),
    /** HTTP proxy that swaps the certificates of tunnelled TLS targets. */
    SWAP_CERTIFICATE(Behaviour.SWAP_CERTIFICATE, Anonymity.ELITE, Ask.NOTHING, Reach.ALL, Scheme.HTTP),
    /** SOCKS5 proxy that swaps the certificates of tunnelled TLS targets. */
    SWAP_CERTIFICATE_SOCKS5(Behaviour.SWAP_CERTIFICATE, Anonymity.ELITE, Ask.NOTHING, Reach.ALL, Scheme.SOCKS5),
    /** Its port answers with a reset. */
    REFUSE(Behaviour.REFUSE),
    /** Its port does not answer. */
    SILENT(Behaviour.SILENT),
    /** Accepts and never says a byte. */
    MUTE(Behaviour.MUTE),
    /** Answers a byte a second. */
    DRIP(Behaviour.DRIP),
    /** Resets the connection midway. */
    RESET(Behaviour.RESET),
    /** Answers bytes of no protocol. */
    GARBAGE(Behaviour.GARBAGE),
    /** Answers 200 with a page of its own to everything. */
    ALWAYS_200(Behaviour.ALWAYS_200),
    /** HTTP proxy with CONNECT whose connections leave from one of several addresses, in turn. */
    HTTP_ROTATING(Behaviour.PROXY, Anonymity.ELITE, Ask.NOTHING, Reach.ALL, Scheme.HTTP),
    /** Answers with headers that never end. */
    ENDLESS_HEADERS(Behaviour.ENDLESS_HEADERS),
    /** Answers with one header of 10 MB. */
    GIANT_HEADER(Behaviour.GIANT_HEADER),
    /** Answers with a chunked body that never ends. */
    ENDLESS_CHUNKS(Behaviour.ENDLESS_CHUNKS),
    /** Chooses a SOCKS5 method that was not offered. */
    WRONG_SOCKS5_METHOD(Behaviour.WRONG_SOCKS5_METHOD),
    /** Its SOCKS5 reply says a length that never comes. */
    WRONG_SOCKS5_LENGTH(Behaviour.WRONG_SOCKS5_LENGTH),
    /** Its SOCKS4 reply has a code there is not. */
    WRONG_SOCKS4_REPLY(Behaviour.WRONG_SOCKS4_REPLY),
    /** Grants CONNECT and resets the connection inside TLS; resets everything else at once. */
    RESET_IN_TLS(Behaviour.RESET_IN_TLS),
    /** Answers everything with what the target genuinely answered to another request. */
    REPLAY(Behaviour.REPLAY),
    /** Redirects every request to port 8080 of the client's own host. */
    REDIRECT_TO_SELF(Behaviour.REDIRECT_TO_SELF),
    /** Tells a Content-Length above what it sends, then closes. */
    LENGTH_TOO_LONG(Behaviour.LENGTH_TOO_LONG),
    /** Tells a Content-Length below what it sends. */
    LENGTH_TOO_SHORT(Behaviour.LENGTH_TOO_SHORT),
    /** Asks for a password and takes none. */
    ALWAYS_407(Behaviour.ALWAYS_407),
    /** Answers 502 to everything. */
    ALWAYS_502(Behaviour.ALWAYS_502),
    /** Closes the connection when a request is complete. */
    CLOSE_AFTER_REQUEST(Behaviour.CLOSE_AFTER_REQUEST),
    /** Answers with a page of its own in gzip, whatever was asked for. */
    UNASKED_GZIP(Behaviour.UNASKED_GZIP);

    enum Ask {
        NOTHING,
        LISTED,
        UNLISTED
    }

    private enum Reach {
        NOTHING,
        FORWARD,
        CONNECT,
        ALL
    }

    private final Behaviour behaviour;
    private final Anonymity anonymity;
    private final Ask ask;
    private final Reach reach;
    private final List<Scheme> speaks;
    private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');

    FarmKind(Behaviour behaviour) {
        this(behaviour, Anonymity.UNKNOWN, Ask.NOTHING, Reach.NOTHING);
    }

    FarmKind(Behaviour behaviour, Anonymity anonymity, Ask ask, Reach reach, Scheme... speaks) {
        this.behaviour = behaviour;
        this.anonymity = anonymity;
        this.ask = ask;
        this.reach = reach;
        this.speaks = List.of(speaks);
    }

    /** How its sockets behave. */
    public Behaviour behaviour() {
        return behaviour;
    }

    /** Lower-case name with dashes, for example {@code http-forward-only}. */
    public String text() {
        return text;
    }

    Anonymity anonymity() {
        return anonymity;
    }

    Ask ask() {
        return ask;
    }

    /** The protocols spoken, the one a list would name first; empty for kinds that forward nothing. */
    List<Scheme> speaks() {
        return speaks;
    }

    boolean forwardsHttp() {
        return speaks.contains(Scheme.HTTP) && (reach == Reach.FORWARD || reach == Reach.ALL);
    }

    boolean tunnels() {
        return reach == Reach.CONNECT || reach == Reach.ALL;
    }

    /** Whether the address its targets see changes from connection to connection. */
    boolean rotates() {
        return this == HTTP_ROTATING;
    }

    /**
     * Why a correct check of it fails, the likeliest reason first; empty when it does not.
     *
     * @param spoken one of the protocols it speaks or is listed under; {@link Scheme#UNKNOWN} when all are tried
     */
    List<FailureReason> reasons(Scheme spoken) {
        return switch (this) {
            case HTTP_TRANSPARENT,
                    HTTP_ANONYMOUS,
                    HTTP_ELITE,
                    HTTP_FORWARD_ONLY,
                    HTTP_CONNECT_ONLY,
                    HTTP_PASSWORD,
                    HTTP_ROTATING,
                    SOCKS4,
                    SOCKS5,
                    SOCKS5_PASSWORD,
                    DUAL -> List.of();
            case INJECT, SWAP_CERTIFICATE, SWAP_CERTIFICATE_SOCKS5 -> List.of(FailureReason.TAMPERED);
            case LOCKED_HTTP, LOCKED_SOCKS5, ALWAYS_407 -> List.of(FailureReason.AUTH);
            case REFUSE -> List.of(FailureReason.REFUSED);
            case SILENT -> List.of(FailureReason.CONNECT_TIMEOUT);
            case MUTE -> List.of(FailureReason.TIMEOUT);
            case DRIP ->
                // Late bytes may come together: then the next answer follows the SOCKS5 method before it was asked for.
                spoken == Scheme.SOCKS5 || spoken == Scheme.UNKNOWN
                        ? List.of(FailureReason.TIMEOUT, FailureReason.PROTOCOL)
                        : List.of(FailureReason.TIMEOUT);
            case RESET, CLOSE_AFTER_REQUEST -> List.of(FailureReason.RESET);
            case RESET_IN_TLS -> List.of(FailureReason.RESET, FailureReason.TLS);
            case GARBAGE ->
                // No line of it ends: who waits for one sees the connection close.
                spoken == Scheme.HTTP || spoken == Scheme.UNKNOWN
                        ? List.of(FailureReason.PROTOCOL, FailureReason.RESET)
                        : List.of(FailureReason.PROTOCOL);
            case ENDLESS_HEADERS, GIANT_HEADER, ENDLESS_CHUNKS ->
                List.of(FailureReason.PROTOCOL, FailureReason.TIMEOUT);
            case WRONG_SOCKS5_METHOD, WRONG_SOCKS4_REPLY -> List.of(FailureReason.PROTOCOL);
            case WRONG_SOCKS5_LENGTH -> List.of(FailureReason.TIMEOUT, FailureReason.PROTOCOL);
            case ALWAYS_200, REDIRECT_TO_SELF, UNASKED_GZIP, LENGTH_TOO_SHORT ->
                List.of(FailureReason.JUDGE_MISMATCH, FailureReason.PROTOCOL);
            case REPLAY -> List.of(FailureReason.JUDGE_MISMATCH, FailureReason.TARGET);
            case LENGTH_TOO_LONG -> List.of(FailureReason.RESET, FailureReason.PROTOCOL, FailureReason.JUDGE_MISMATCH);
            case ALWAYS_502 -> List.of(FailureReason.TARGET);
        };
    }

    /** Protocols a list may claim for it. Kinds that forward nothing are listed as anything they could be taken for. */
    Set<Scheme> claims() {
        switch (this) {
            case ALWAYS_200,
                    ENDLESS_HEADERS,
                    GIANT_HEADER,
                    ENDLESS_CHUNKS,
                    RESET_IN_TLS,
                    REDIRECT_TO_SELF,
                    LENGTH_TOO_LONG,
                    LENGTH_TOO_SHORT,
                    ALWAYS_407,
                    ALWAYS_502,
                    CLOSE_AFTER_REQUEST,
                    UNASKED_GZIP -> {
                return Set.of(Scheme.HTTP, Scheme.HTTPS);
            }
            case REPLAY -> {
                return Set.of(Scheme.HTTP);
            }
            case WRONG_SOCKS5_METHOD, WRONG_SOCKS5_LENGTH -> {
                return Set.of(Scheme.SOCKS5);
            }
            case WRONG_SOCKS4_REPLY -> {
                return Set.of(Scheme.SOCKS4);
            }
            case DUAL -> {
                return Set.of(Scheme.UNKNOWN);
            }
            default -> {
                return usualClaims();
            }
        }
    }

    private Set<Scheme> usualClaims() {
        if (speaks.isEmpty()) {
            return Set.of(Scheme.HTTP, Scheme.HTTPS, Scheme.SOCKS4, Scheme.SOCKS5, Scheme.UNKNOWN);
        }
        if (ask == Ask.LISTED) {
            return Set.of(speaks.get(0));
        }
        if (!speaks.contains(Scheme.HTTP)) {
            return Set.of(speaks.get(0), Scheme.UNKNOWN);
        }
        return tunnels() && behaviour == Behaviour.PROXY
                ? Set.of(Scheme.HTTP, Scheme.HTTPS, Scheme.UNKNOWN)
                : Set.of(Scheme.HTTP, Scheme.UNKNOWN);
    }
}
