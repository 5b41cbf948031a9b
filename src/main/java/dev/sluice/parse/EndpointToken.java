package dev.sluice.parse;

import dev.sluice.proxy.Credentials;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads a token that should hold one endpoint: {@code host:port}, with or without a scheme before it, credentials on
 * either side, a path, and fields behind a third colon.
 */
final class EndpointToken {
    private EndpointToken() {}

    /** Reads a token; null when it does not look like an endpoint at all. {@code claim} is what stood before it. */
    static @Nullable Finding read(long line, String token, @Nullable String claim) {
        int scheme = token.indexOf("://");
        if (scheme >= 0) {
            String name = token.substring(0, scheme);
            if (!Protocols.isScheme(name)) {
                return null;
            }
            Protocols.Meaning meaning = Protocols.meaning(name);
            if (meaning == Protocols.Meaning.OTHER) {
                return Finding.refused(line, Rejection.UNSUPPORTED_SCHEME, name.toLowerCase(Locale.ROOT), token);
            }
            String own = Protocols.claim(name);
            String rest = token.substring(scheme + 3);
            return authority(line, token, rest.substring(0, authorityEnd(rest)), own == null ? claim : own, true);
        }
        int slash = token.indexOf('/');
        int at = token.lastIndexOf('@');
        if (slash > 0 && at < 0) {
            HostReading whole = HostReading.of(token);
            if (whole.refusal() == Rejection.CIDR) {
                return Finding.refused(line, Rejection.CIDR, "", token);
            }
            int colon = token.indexOf(':');
            if (token.charAt(0) == '[') {
                colon = token.indexOf(':', Math.max(0, token.indexOf(']')));
            }
            if (colon >= 0 && colon < slash) {
                return authority(line, token, token.substring(0, slash), claim, false);
            }
        }
        return authority(line, token, token, claim, false);
    }

    /** Where path, query or fragment begin. */
    private static int authorityEnd(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '/' || c == '?' || c == '#') {
                return i;
            }
        }
        return text.length();
    }

    private static @Nullable Finding authority(
            long line, String token, String text, @Nullable String claim, boolean url) {
        int at = text.lastIndexOf('@');
        HostPort spot = HostPort.of(at < 0 ? text : text.substring(at + 1));
        String userinfo = at < 0 ? null : text.substring(0, at);
        if (spot.refusal() != null && userinfo != null && text.indexOf(':', at) >= 0) {
            HostPort turned = HostPort.of(userinfo);
            if (turned.refusal() == null && turned.behind() == null) {
                spot = turned;
                userinfo = text.substring(at + 1);
            }
        }
        if (spot.refusal() != null && userinfo == null && !url) {
            Finding userFirst = userFirst(line, text, claim);
            if (userFirst != null) {
                return userFirst;
            }
        }
        HostReading host = spot.host();
        if (spot.refusal() != null || host == null) {
            Rejection refusal = spot.refusal() == null ? Rejection.BAD_ADDRESS : spot.refusal();
            boolean hard = spot.hard() || url || at >= 0;
            return hard ? Finding.refused(line, refusal, spot.detail(), token) : null;
        }
        if (userinfo != null && !userinfo.isEmpty() && !userinfo.equals(":")) {
            return withCredentials(line, claim, host, spot.port(), Userinfo.read(userinfo, url));
        }
        return withFields(line, claim, host, spot.port(), userinfo == null ? spot.behind() : null);
    }

    /** An entry with its credentials; refused when they cannot be sent. */
    static Finding withCredentials(
            long line, @Nullable String claim, HostReading host, int port, @Nullable Credentials credentials) {
        Finding entry = Finding.entry(line, claim, host, port, credentials, null);
        return credentials == null ? Finding.refused(line, Rejection.BAD_CREDENTIALS, "", entry.sample()) : entry;
    }

    /** What stands behind {@code host:port:}: nothing, a country, a protocol, or user and password. */
    private static Finding withFields(
            long line, @Nullable String claim, HostReading host, int port, @Nullable String behind) {
        if (behind == null || behind.isEmpty()) {
            return Finding.entry(line, claim, host, port, null, null);
        }
        int colon = behind.indexOf(':');
        String third = colon < 0 ? behind : behind.substring(0, colon);
        if (third.isEmpty()) {
            int last = behind.lastIndexOf(':');
            return Finding.entry(line, claim, host, port, null, Countries.known(lettersOf(behind.substring(last + 1))));
        }
        String protocol = Protocols.claim(third);
        if (protocol != null) {
            return Finding.entry(line, claim == null ? protocol : claim, host, port, null, null);
        }
        if (colon < 0 || Countries.isCode(third) || (third.length() > 3 && Countries.code(third) != null)) {
            return Finding.entry(line, claim, host, port, null, Countries.known(lettersOf(third)));
        }
        String password = behind.substring(colon + 1);
        Credentials credentials = password.indexOf(':') >= 0 ? null : Userinfo.credentials(third, password);
        return withCredentials(line, claim, host, port, credentials);
    }

    /** {@code user:password:1.2.3.4:80}; only with an IPv4 address, which no password looks like. */
    private static @Nullable Finding userFirst(long line, String text, @Nullable String claim) {
        int last = text.lastIndexOf(':');
        int third = last < 1 ? -1 : text.lastIndexOf(':', last - 1);
        int first = text.indexOf(':');
        if (third < 1 || first >= third || text.lastIndexOf(':', third - 1) != first || first == 0) {
            return null;
        }
        String host = text.substring(third + 1, last);
        int port = Ports.read(text.substring(last + 1));
        HostReading reading = port < 0 || IpAddress.parse(host) == null ? null : HostReading.of(host);
        Credentials credentials = reading == null || HostReading.startsLikeAddress(text)
                ? null
                : Userinfo.credentials(text.substring(0, first), text.substring(first + 1, third));
        return reading == null || credentials == null
                ? null
                : Finding.entry(line, claim, reading, port, credentials, null);
    }

    /** A country code in capitals or a name; two other letters name no country. */
    private static String lettersOf(String text) {
        return Countries.isCode(text) || text.length() > 2 ? text : "";
    }
}
