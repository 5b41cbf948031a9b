package dev.sluice.farm;

import dev.sluice.net.farm.Behaviour;
import dev.sluice.proxy.Anonymity;
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
    ALWAYS_200(Behaviour.ALWAYS_200);

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

    /** Protocols a list may claim for it. Kinds that forward nothing are listed as anything. */
    Set<Scheme> claims() {
        if (this == ALWAYS_200) {
            return Set.of(Scheme.HTTP, Scheme.HTTPS);
        }
        if (this == DUAL) {
            return Set.of(Scheme.UNKNOWN);
        }
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
