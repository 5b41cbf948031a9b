package dev.sluice.parse;

import dev.sluice.proxy.Credentials;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads one line in any of the shapes people publish. An endpoint counts only where a line begins with one, apart from
 * decoration; text that merely mentions one does not, save for a single IPv4 endpoint in a line that begins otherwise.
 */
final class LineReader {
    private static final String[] ERRORS = {
        "not found",
        "forbidden",
        "access denied",
        "unauthorized",
        "rate limit",
        "too many requests",
        "too fast",
        "bad gateway",
        "gateway timeout",
        "gateway time-out",
        "service unavailable",
        "temporarily unavailable",
        "internal server error",
        "bad request",
        "reached the maximum",
        "limit exceeded",
        "limit reached",
        "temporarily stop you",
        "invalid api key",
        "invalid token",
        "api key required",
        "permission denied",
        "captcha",
        "under maintenance",
    };
    private static final String[] HEADINGS = {
        "proxy", "proxies", "http://", "https://", "updated", "website", "ip address", "ip:port", "telegram"
    };
    private static final String[] PAGES = {"<!doctype", "<html", "<head", "<title", "<body", "<?xml"};

    /** A host, its port and what stood behind them, or why there is none. */
    private record Spot(
            @Nullable Rejection refusal,
            String detail,
            @Nullable HostReading host,
            int port,
            @Nullable String behind,
            boolean hard) {
        static Spot refused(Rejection refusal, String detail, boolean hard) {
            return new Spot(refusal, detail, null, 0, null, hard);
        }
    }

    /** Reads a line without its end and gives at least one finding. */
    void read(long line, String raw, Finding.Taker taker) {
        String text = trimmed(raw);
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
        String text = trimmed(raw);
        if (text.isEmpty()) {
            return Finding.refused(line, Rejection.NOT_A_PROXY, "", "");
        }
        Finding found = token(line, text, null);
        if (found == null) {
            return Finding.refused(line, Rejection.NOT_A_PROXY, "", text);
        }
        return found;
    }

    /** Credentials a proxy can be sent, or null: too long, or control characters. */
    static @Nullable Credentials credentials(String user, String password) {
        return sendable(user) && sendable(password) ? Credentials.of(user, password) : null;
    }

    private static boolean sendable(String text) {
        if (text.length() > Credentials.MAX_LENGTH
                || text.getBytes(StandardCharsets.UTF_8).length > Credentials.MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private Finding single(long line, String text, char first) {
        if (first == '#' || first == ';') {
            return Finding.refused(line, Rejection.COMMENT, "", text);
        }
        if (first == '<') {
            return Finding.refused(
                    line, startsWithAny(text, PAGES) ? Rejection.ERROR_PAGE : Rejection.MARKUP, "", text);
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
        if (!hasLetterOrDigit(bare)) {
            return Finding.refused(line, Rejection.HEADER, "", text);
        }
        String body = undecorated(bare);
        Finding found = body.isEmpty() ? null : fromStart(line, body);
        if (found != null && found.isEntry()) {
            return found;
        }
        boolean words = text.indexOf(' ') > 0;
        String lower = words ? text.toLowerCase(Locale.ROOT) : "";
        if (words && saysError(lower)) {
            return Finding.refused(line, Rejection.ERROR_PAGE, "", text);
        }
        if (found != null) {
            return found;
        }
        Finding mentioned = words ? onlyMention(line, body) : null;
        if (mentioned != null) {
            return mentioned;
        }
        return Finding.refused(line, isHeading(text) ? Rejection.HEADER : Rejection.NOT_A_PROXY, "", text);
    }

    /** Reads what the line begins with; null when that does not look like an endpoint at all. */
    private @Nullable Finding fromStart(long line, String body) {
        int end = tokenEnd(body, 0);
        String token = withoutTail(body.substring(0, end));
        String claim = Protocols.claim(stripColon(token));
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
            String name = countryBehind(body, token);
            if (name != null) {
                String spot = token.substring(0, token.indexOf(':', token.indexOf(':') + 1));
                Finding found = token(line, spot, claim);
                return found == null || !found.isEntry()
                        ? found
                        : decorated(found.completed(null, Countries.known(name)), body, end);
            }
        }
        boolean alone = end >= body.length();
        Finding found = token(line, token, claim);
        if (found == null) {
            return null;
        }
        if (found.isEntry()) {
            return decorated(found, body, end);
        }
        // Prose that mentions a site is no broken entry.
        boolean prose = !alone && found.refusal() == Rejection.NO_PORT && !startsLikeAddress(token);
        return prose ? null : found;
    }

    /** {@code socks5 host port [user password]}, {@code http 1.2.3.4:80}, and the same with commas. */
    private @Nullable Finding afterProtocol(long line, String claim, String body, int end) {
        int start = tokenStart(body, end);
        int stop = tokenEnd(body, start);
        String next = withoutTail(body.substring(start, stop));
        if (next.isEmpty() || !(startsLikeAddress(next) || next.indexOf('.') > 0)) {
            return null;
        }
        boolean spaces = body.substring(0, stop).indexOf(',') < 0 && body.indexOf(';') < 0;
        Finding found = atStart(line, body.substring(start), next, stop - start, claim);
        if (found == null || !found.isEntry() || !spaces || next.indexOf(':') > 0 || found.credentials() != null) {
            return found;
        }
        String[] words = body.split("\\s+", 6);
        if (words.length == 5 && Ports.digits(words[2])) {
            Credentials credentials = credentials(words[3], words[4]);
            HostReading host = found.host();
            if (credentials == null || host == null) {
                return Finding.refused(line, Rejection.BAD_CREDENTIALS, "", found.sample());
            }
            return Finding.entry(line, claim, host, found.port(), credentials, null);
        }
        return found;
    }

    /** Host and port as two fields: {@code h p}, {@code h,p}, {@code h : p}; also {@code name;address;port}. */
    private @Nullable Finding apart(long line, String body, String token, int end, @Nullable String claim) {
        if (end >= body.length() || !hostOnly(token)) {
            return null;
        }
        String host = stripColon(token);
        int start = tokenStart(body, end);
        int stop = tokenEnd(body, start);
        String port = body.substring(start, stop);
        if (port.startsWith(":") && port.length() > 1) {
            port = port.substring(1);
        } else if (port.equals(":")) {
            start = tokenStart(body, stop);
            stop = tokenEnd(body, start);
            port = body.substring(start, stop);
        }
        if (IpAddress.parse(port) != null && stop < body.length()) {
            int third = tokenStart(body, stop);
            int thirdEnd = tokenEnd(body, third);
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
            return startsLikeAddress(host) && reading.refusal() != null && host.indexOf('.') > 0
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
        return decorated(Finding.entry(line, claim, reading, number, null, null), body, stop);
    }

    /** One token that should hold an endpoint; null when it does not look like one. */
    private @Nullable Finding token(long line, String token, @Nullable String claim) {
        int scheme = token.indexOf("://");
        if (scheme >= 0) {
            String name = token.substring(0, scheme);
            if (!isScheme(name)) {
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

    private @Nullable Finding authority(long line, String token, String text, @Nullable String claim, boolean url) {
        int at = text.lastIndexOf('@');
        Spot spot = spot(at < 0 ? text : text.substring(at + 1));
        String userinfo = at < 0 ? null : text.substring(0, at);
        if (spot.refusal() != null && userinfo != null && text.indexOf(':', at) >= 0) {
            Spot turned = spot(userinfo);
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
            return withUserinfo(line, claim, host, spot.port(), userinfo, url);
        }
        return withFields(line, claim, host, spot.port(), userinfo == null ? spot.behind() : null);
    }

    private Finding withUserinfo(
            long line, @Nullable String claim, HostReading host, int port, String userinfo, boolean decode) {
        // Only the last colon can end a user that is a mail address; others belong to the password.
        int colon = userinfo.indexOf(':');
        String user = colon < 0 ? userinfo : userinfo.substring(0, colon);
        String password = colon < 0 ? "" : userinfo.substring(colon + 1);
        String plainUser = decode ? decoded(user) : user;
        String plainPassword = decode ? decoded(password) : password;
        Credentials credentials =
                plainUser == null || plainPassword == null ? null : credentials(plainUser, plainPassword);
        if (credentials == null) {
            Finding shown = Finding.entry(line, claim, host, port, null, null);
            return Finding.refused(line, Rejection.BAD_CREDENTIALS, "", shown.sample());
        }
        return Finding.entry(line, claim, host, port, credentials, null);
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
        Credentials credentials = password.indexOf(':') >= 0 ? null : credentials(third, password);
        if (credentials == null) {
            Finding shown = Finding.entry(line, claim, host, port, null, null);
            return Finding.refused(line, Rejection.BAD_CREDENTIALS, "", shown.sample());
        }
        return Finding.entry(line, claim, host, port, credentials, null);
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
        Credentials credentials = reading == null || startsLikeAddress(text)
                ? null
                : credentials(text.substring(0, first), text.substring(first + 1, third));
        return reading == null || credentials == null
                ? null
                : Finding.entry(line, claim, reading, port, credentials, null);
    }

    private static Spot spot(String text) {
        if (text.isEmpty()) {
            return Spot.refused(Rejection.BAD_ADDRESS, "", false);
        }
        String host;
        String tail;
        if (text.charAt(0) == '[') {
            int close = text.indexOf(']');
            if (close < 0) {
                return Spot.refused(Rejection.BAD_ADDRESS, "", text.indexOf(':') > 0);
            }
            host = text.substring(0, close + 1);
            if (host.indexOf(':') < 0) {
                return Spot.refused(Rejection.BAD_ADDRESS, "", false);
            }
            tail = text.substring(close + 1);
            if (!tail.isEmpty() && tail.charAt(0) != ':') {
                return Spot.refused(Rejection.BAD_PORT, "", true);
            }
        } else {
            int colon = text.indexOf(':');
            if (colon >= 0 && text.indexOf(':', colon + 1) >= 0 && bareV6(text)) {
                return Spot.refused(Rejection.AMBIGUOUS_IPV6, "", true);
            }
            host = colon < 0 ? text : text.substring(0, colon);
            tail = colon < 0 ? "" : text.substring(colon);
        }
        HostReading reading = HostReading.of(host);
        if (tail.isEmpty()) {
            boolean address = reading.address() != null || reading.refusal() == Rejection.CIDR;
            boolean like = address || (startsLikeAddress(host) && host.indexOf('.') > 0) || reading.refusal() == null;
            Rejection refusal = reading.refusal() == null ? Rejection.NO_PORT : reading.refusal();
            return Spot.refused(refusal, reading.detail(), like);
        }
        int second = tail.indexOf(':', 1);
        String port = tail.substring(1, second < 0 ? tail.length() : second);
        boolean hard = startsLikeAddress(host)
                || host.indexOf('.') > 0
                || Ports.digits(port)
                || (!host.isEmpty() && Character.isDigit(host.charAt(0)));
        Rejection badHost = reading.refusal();
        if (badHost != null) {
            return Spot.refused(badHost, reading.detail(), hard);
        }
        int number = Ports.read(port);
        if (number < 0) {
            return Spot.refused(Ports.refusal(port), "", hard);
        }
        return new Spot(null, "", reading, number, second < 0 ? null : tail.substring(second + 1), true);
    }

    /** Whether a text of several colons is an IPv6 address, with or without a port behind it. */
    private static boolean bareV6(String text) {
        if (text.length() > 52) {
            return false;
        }
        return IpAddress.parse(text) != null || IpAddress.parse(text.substring(0, text.lastIndexOf(':'))) != null;
    }

    /** Country and protocol that decorate a line behind its endpoint. */
    private static Finding decorated(Finding found, String body, int from) {
        if (from >= body.length() || (found.country() != null && found.protocol() != null)) {
            return found;
        }
        boolean fields = false;
        for (int i = from; i < body.length() && !fields; i++) {
            char c = body.charAt(i);
            fields = c == ',' || c == ';' || c == '|' || c == '\t';
            if (!fields && c != ' ') {
                break;
            }
        }
        return fields ? byFields(found, body, from) : byWords(found, body, from);
    }

    private static Finding byFields(Finding found, String body, int from) {
        String protocol = null;
        String country = null;
        boolean settled = false;
        boolean pipe = body.indexOf('|', from) >= 0;
        int start = from;
        for (int i = from; i <= body.length(); i++) {
            char c = i < body.length() ? body.charAt(i) : ',';
            if (c != ',' && c != ';' && c != '|' && c != '\t') {
                continue;
            }
            String field = unquoted(body.substring(start, i).strip());
            start = i + 1;
            if (field.isEmpty()) {
                continue;
            }
            String claim = Protocols.claim(field);
            if (claim != null) {
                protocol = protocol == null ? claim : protocol;
            } else if (!settled && (twoLetters(field) || (field.length() > 3 && Countries.code(field) != null))) {
                country = twoLetters(field) && !Countries.isCode(field) ? null : Countries.known(field);
                settled = true;
            } else if (!settled && pipe && Character.isLetter(field.charAt(0))) {
                country = Countries.known(field);
                settled = true;
            }
        }
        return found.completed(protocol, country);
    }

    private static Finding byWords(Finding found, String body, int from) {
        String protocol = null;
        String country = null;
        int start = tokenStart(body, from);
        for (int n = 0; n < 3 && start < body.length(); n++) {
            int end = tokenEnd(body, start);
            String word = body.substring(start, end);
            String claim = Protocols.claim(word);
            if (claim != null) {
                protocol = claim;
            } else if (Countries.isCode(word) || flags(word)) {
                country = word.substring(0, 2);
                break;
            } else if (!HostReading.digit(word.charAt(0))) {
                break;
            }
            start = tokenStart(body, end);
        }
        return found.completed(protocol, country);
    }

    /** {@code CO-N-S!}: country, anonymity, TLS, another exit address. */
    private static boolean flags(String word) {
        return word.length() >= 4
                && word.charAt(2) == '-'
                && "NAH".indexOf(word.charAt(3)) >= 0
                && Countries.isCode(word.substring(0, 2));
    }

    /** The country of {@code 1.2.3.4:80:United States}, which may hold spaces; null for other shapes. */
    private static @Nullable String countryBehind(String body, String token) {
        int first = token.indexOf(':');
        int second = first < 0 ? -1 : token.indexOf(':', first + 1);
        if (second < 0 || second + 1 >= token.length() || token.indexOf(':', second + 1) >= 0) {
            return null;
        }
        if (!Character.isLetter(token.charAt(second + 1)) || !Ports.digits(token.substring(first + 1, second))) {
            return null;
        }
        String third = token.substring(second + 1);
        if (Countries.isCode(third) || Protocols.claim(third) != null) {
            return null;
        }
        int end = second + 1;
        while (end < body.length() && "|,;:\t(".indexOf(body.charAt(end)) < 0 && !HostReading.digit(body.charAt(end))) {
            end++;
        }
        return body.substring(second + 1, end).strip();
    }

    /** The one plain IPv4 endpoint a line mentions; null when there is none, or more than one. */
    private @Nullable Finding onlyMention(long line, String body) {
        Finding only = null;
        int start = tokenStart(body, 0);
        for (int n = 0; n < 64 && start < body.length(); n++) {
            int end = tokenEnd(body, start);
            String token = withoutTail(body.substring(start, end));
            int scheme = token.indexOf("://");
            String rest = scheme < 0 ? token : token.substring(scheme + 3);
            if (rest.length() >= 9 && HostReading.digit(rest.charAt(0)) && rest.indexOf(':') > 6) {
                Finding found = token(line, token, null);
                if (found != null
                        && found.isEntry()
                        && found.host() != null
                        && found.host().address() != null) {
                    if (only != null) {
                        return null;
                    }
                    only = decorated(found, body, end);
                }
            }
            start = tokenStart(body, end);
        }
        return only;
    }

    private static boolean isHeading(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        for (String word : HEADINGS) {
            if (lower.contains(word)) {
                return true;
            }
        }
        return CsvListParser.isHeader(CsvListParser.split(text, CsvListParser.separator(text)));
    }

    private static boolean saysError(String lower) {
        if (lower.startsWith("no proxy") || lower.startsWith("no proxies") || lower.startsWith("error")) {
            return true;
        }
        for (String words : ERRORS) {
            if (lower.contains(words)) {
                return true;
            }
        }
        return false;
    }

    private static boolean startsWithAny(String text, String[] beginnings) {
        for (String beginning : beginnings) {
            if (text.regionMatches(true, 0, beginning, 0, beginning.length())) {
                return true;
            }
        }
        return false;
    }

    /** Whether a token could be a host standing alone. */
    private static boolean hostOnly(String token) {
        String plain = stripColon(token);
        if (plain.isEmpty() || (plain.indexOf('.') < 0 && plain.indexOf(':') < 0)) {
            return false;
        }
        return plain.indexOf(':') < 0
                || (plain.charAt(0) == '[' && plain.endsWith("]"))
                || IpAddress.parse(plain) != null;
    }

    private static boolean startsLikeAddress(String text) {
        char c = text.isEmpty() ? ' ' : text.charAt(0);
        return HostReading.digit(c) || (c == '[' && text.indexOf(':') > 0) || (c == '.' && text.length() > 1);
    }

    private static boolean isScheme(String text) {
        if (text.isEmpty() || text.length() > 20 || !HostReading.letter(text.charAt(0))) {
            return false;
        }
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!HostReading.letter(c) && !HostReading.digit(c) && c != '+' && c != '-' && c != '.') {
                return false;
            }
        }
        return true;
    }

    private static int authorityEnd(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '/' || c == '?' || c == '#') {
                return i;
            }
        }
        return text.length();
    }

    /** Percent-decoded as UTF-8, or null when that is not what it is. A plus is a plus. */
    private static @Nullable String decoded(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '%') {
                byte[] plain = String.valueOf(c).getBytes(StandardCharsets.UTF_8);
                bytes.write(plain, 0, plain.length);
                continue;
            }
            int high = i + 2 < text.length() ? hex(text.charAt(i + 1)) : -1;
            int low = i + 2 < text.length() ? hex(text.charAt(i + 2)) : -1;
            if (high < 0 || low < 0) {
                return null;
            }
            bytes.write(high << 4 | low);
            i += 2;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static int hex(char c) {
        return c < 128 ? Character.digit(c, 16) : -1;
    }

    private static boolean twoLetters(String text) {
        return text.length() == 2 && upper(text.charAt(0)) && upper(text.charAt(1));
    }

    private static boolean upper(char c) {
        return c >= 'A' && c <= 'Z';
    }

    private static String lettersOf(String text) {
        return Countries.isCode(text) || text.length() > 2 ? text : "";
    }

    private static String unquoted(String text) {
        return text.length() > 1 && text.charAt(0) == '"' && text.endsWith("\"")
                ? text.substring(1, text.length() - 1)
                : text;
    }

    private static String stripColon(String token) {
        return token.length() > 1 && token.endsWith(":") && !token.endsWith("::")
                ? token.substring(0, token.length() - 1)
                : token;
    }

    private static boolean hasLetterOrDigit(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isLetterOrDigit(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    /** Without bullets, flags, quotes and other signs in front. */
    private static String undecorated(String text) {
        int i = 0;
        while (i < text.length()) {
            int c = text.codePointAt(i);
            if (Character.isLetterOrDigit(c) || c == '[' || c == '.' || c == ':' || c == '_') {
                break;
            }
            i += Character.charCount(c);
        }
        return text.substring(i);
    }

    /** Without punctuation that ends a word or a list item. */
    private static String withoutTail(String token) {
        int end = token.length();
        while (end > 0) {
            char c = token.charAt(end - 1);
            boolean closing = c == ')' || c == '\'' || c == '}' || (c == ']' && token.indexOf('[') < 0);
            if (!closing || token.indexOf('@') >= 0) {
                break;
            }
            end--;
        }
        return token.substring(0, end);
    }

    private static int tokenStart(String text, int from) {
        int i = from;
        while (i < text.length() && separates(text.charAt(i))) {
            i++;
        }
        return i;
    }

    private static int tokenEnd(String text, int from) {
        int i = from;
        while (i < text.length() && !separates(text.charAt(i))) {
            i++;
        }
        return i;
    }

    private static boolean separates(char c) {
        return c == ',' || c == ';' || c == '|' || c == '"' || blank(c);
    }

    private static boolean blank(char c) {
        return c <= ' '
                || (c >= 0x7f && c <= 0xa0)
                || (c > 0xff && (Character.isWhitespace(c) || Character.isSpaceChar(c)))
                || c == '\ufeff'
                || (c >= '\u200b' && c <= '\u200f')
                || c == '\u2060';
    }

    /** Without blanks, control characters and byte order marks at both ends. */
    static String trimmed(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && blank(text.charAt(from))) {
            from++;
        }
        while (to > from && blank(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }
}
