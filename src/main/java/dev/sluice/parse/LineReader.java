package dev.sluice.parse;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads one line in any of the shapes people publish. An endpoint counts only where a line begins with one, apart from
 * decoration; text that merely mentions one does not, save for a single IPv4 endpoint in a line that begins otherwise.
 */
final class LineReader {
    /** Reads a line without its end and gives at least one finding. */
    void read(long line, String raw, Finding.Taker taker) {
        String text = Tokens.trimmed(raw);
        if (text.isEmpty()) {
            taker.take(Finding.refused(line, Rejection.BLANK, "", ""));
            return;
        }
        char first = text.charAt(0);
        if (first == '{') {
            if (!JsonListParser.readLine(line, text, this, taker)) {
                taker.take(Finding.refused(line, Rejection.NOT_A_PROXY, "malformed JSON", text));
            }
            return;
        }
        taker.take(single(line, text, first));
    }

    /** Reads a text that should be one endpoint and nothing else. */
    Finding endpoint(long line, String raw) {
        String text = Tokens.trimmed(raw);
        if (text.isEmpty()) {
            return Finding.refused(line, Rejection.NOT_A_PROXY, "", "");
        }
        Finding found = EndpointToken.read(line, text, null);
        if (found == null) {
            return Finding.refused(line, Rejection.NOT_A_PROXY, "", text);
        }
        return found;
    }

    private Finding single(long line, String text, char first) {
        if (first == '#' || first == ';') {
            return Finding.refused(line, Rejection.COMMENT, "", text);
        }
        if (first == '<') {
            return Finding.refused(line, Prose.beginsPage(text) ? Rejection.ERROR_PAGE : Rejection.MARKUP, "", text);
        }
        if (first == ':') {
            return Finding.refused(line, Rejection.NOT_A_PROXY, "", text);
        }
        String bare = text;
        if (text.startsWith("//")) {
            if (text.length() == 2 || !(Character.isLetterOrDigit(text.charAt(2)) || text.charAt(2) == '[')) {
                return Finding.refused(line, Rejection.COMMENT, "", text);
            }
            bare = text.substring(2);
        }
        if (!Tokens.hasLetterOrDigit(bare)) {
            return Finding.refused(line, Rejection.HEADER, "", text);
        }
        String body = Tokens.undecorated(bare);
        Finding found = body.isEmpty() ? null : fromStart(line, body);
        if (found != null && found.isEntry()) {
            return found;
        }
        boolean words = text.indexOf(' ') > 0;
        String lower = words ? text.toLowerCase(Locale.ROOT) : "";
        if (words && Prose.saysError(lower)) {
            return Finding.refused(line, Rejection.ERROR_PAGE, "", text);
        }
        if (found != null) {
            return found;
        }
        Finding mentioned = words ? onlyMention(line, body) : null;
        if (mentioned != null) {
            return mentioned;
        }
        return Finding.refused(line, Prose.isHeading(text) ? Rejection.HEADER : Rejection.NOT_A_PROXY, "", text);
    }

    /** Reads what the line begins with; null when that does not look like an endpoint at all. */
    private @Nullable Finding fromStart(long line, String body) {
        int end = Tokens.end(body, 0);
        String token = Tokens.withoutTail(body.substring(0, end));
        String claim = Protocols.claim(Tokens.withoutColon(token));
        if (claim != null && end < body.length()) {
            return afterProtocol(line, claim, body, end);
        }
        return atStart(line, body, token, end, null);
    }

    private @Nullable Finding atStart(long line, String body, String token, int end, @Nullable String claim) {
        if (token.isEmpty()) {
            return null;
        }
        boolean bare = token.indexOf("://") < 0 && token.indexOf('@') < 0;
        if (bare) {
            Finding apart = apart(line, body, token, end, claim);
            if (apart != null) {
                return apart;
            }
            String name = Decoration.countryBehind(body, token);
            if (name != null) {
                String spot = token.substring(0, token.indexOf(':', token.indexOf(':') + 1));
                Finding found = EndpointToken.read(line, spot, claim);
                return found == null || !found.isEntry()
                        ? found
                        : Decoration.complete(found.completed(null, Countries.known(name)), body, end);
            }
        }
        boolean alone = end >= body.length();
        Finding found = EndpointToken.read(line, token, claim);
        if (found == null) {
            return null;
        }
        if (found.isEntry()) {
            return Decoration.complete(found, body, end);
        }
        // Prose that mentions a site is no broken entry.
        boolean prose = !alone && found.refusal() == Rejection.NO_PORT && !HostReading.startsLikeAddress(token);
        return prose ? null : found;
    }

    /** {@code socks5 host port [user password]}, {@code http 1.2.3.4:80}, and the same with commas. */
    private @Nullable Finding afterProtocol(long line, String claim, String body, int end) {
        int start = Tokens.start(body, end);
        int stop = Tokens.end(body, start);
        String next = Tokens.withoutTail(body.substring(start, stop));
        if (next.isEmpty() || !(HostReading.startsLikeAddress(next) || next.indexOf('.') > 0)) {
            return null;
        }
        boolean spaces = body.substring(0, stop).indexOf(',') < 0 && body.indexOf(';') < 0;
        Finding found = atStart(line, body.substring(start), next, stop - start, claim);
        if (found == null || !found.isEntry() || !spaces || next.indexOf(':') > 0 || found.credentials() != null) {
            return found;
        }
        String[] words = body.split("\\s+", 6);
        if (words.length == 5 && Ports.digits(words[2])) {
            HostReading host = found.host();
            return host == null
                    ? found
                    : EndpointToken.withCredentials(
                            line, claim, host, found.port(), Userinfo.credentials(words[3], words[4]));
        }
        return found;
    }

    /** Host and port as two fields: {@code h p}, {@code h,p}, {@code h : p}; also {@code name;address;port}. */
    private @Nullable Finding apart(long line, String body, String token, int end, @Nullable String claim) {
        if (end >= body.length() || !hostOnly(token)) {
            return null;
        }
        String host = Tokens.withoutColon(token);
        int start = Tokens.start(body, end);
        int stop = Tokens.end(body, start);
        String port = body.substring(start, stop);
        if (port.startsWith(":") && port.length() > 1) {
            port = port.substring(1);
        } else if (port.equals(":")) {
            start = Tokens.start(body, stop);
            stop = Tokens.end(body, start);
            port = body.substring(start, stop);
        }
        if (IpAddress.parse(port) != null && stop < body.length()) {
            int third = Tokens.start(body, stop);
            int thirdEnd = Tokens.end(body, third);
            if (Ports.digits(body.substring(third, thirdEnd))) {
                host = port;
                port = body.substring(third, thirdEnd);
                stop = thirdEnd;
            }
        }
        if (!Ports.digits(port)) {
            return null;
        }
        HostReading reading = HostReading.of(host);
        if (reading.address() == null && ((stop < body.length() && body.indexOf(' ') >= 0) || host.indexOf('.') < 0)) {
            // A word and a number in a sentence.
            return HostReading.startsLikeAddress(host) && reading.refusal() != null && host.indexOf('.') > 0
                    ? Finding.refused(line, reading.refusal(), reading.detail(), host + ':' + port)
                    : null;
        }
        Rejection refusal = reading.refusal();
        if (refusal != null) {
            return Finding.refused(line, refusal, reading.detail(), host + ':' + port);
        }
        int number = Ports.read(port);
        if (number < 0) {
            return Finding.refused(line, Ports.refusal(port), "", host + ':' + port);
        }
        return Decoration.complete(Finding.entry(line, claim, reading, number, null, null), body, stop);
    }

    /** Whether a token could be a host standing alone. */
    private static boolean hostOnly(String token) {
        String plain = Tokens.withoutColon(token);
        if (plain.isEmpty() || (plain.indexOf('.') < 0 && plain.indexOf(':') < 0)) {
            return false;
        }
        return plain.indexOf(':') < 0
                || (plain.charAt(0) == '[' && plain.endsWith("]"))
                || IpAddress.parse(plain) != null;
    }

    /** The one plain IPv4 endpoint a line mentions; null when there is none, or more than one. */
    private @Nullable Finding onlyMention(long line, String body) {
        Finding only = null;
        int start = Tokens.start(body, 0);
        for (int n = 0; n < 64 && start < body.length(); n++) {
            int end = Tokens.end(body, start);
            String token = Tokens.withoutTail(body.substring(start, end));
            int scheme = token.indexOf("://");
            String rest = scheme < 0 ? token : token.substring(scheme + 3);
            if (rest.length() >= 9 && HostReading.digit(rest.charAt(0)) && rest.indexOf(':') > 6) {
                Finding found = EndpointToken.read(line, token, null);
                if (found != null
                        && found.isEntry()
                        && found.host() != null
                        && found.host().address() != null) {
                    if (only != null) {
                        return null;
                    }
                    only = Decoration.complete(found, body, end);
                }
            }
            start = Tokens.start(body, end);
        }
        return only;
    }
}
