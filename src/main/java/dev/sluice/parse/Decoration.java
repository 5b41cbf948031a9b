package dev.sluice.parse;

import org.jspecify.annotations.Nullable;

/** What decorates a line behind its endpoint: a country, words for protocols, flags such as {@code CO-N-S!}. */
final class Decoration {
    private Decoration() {}

    /** An entry with the country and the protocol that stand in {@code body} from {@code from} on. */
    static Finding complete(Finding found, String body, int from) {
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
        int start = Tokens.start(body, from);
        for (int n = 0; n < 3 && start < body.length(); n++) {
            int end = Tokens.end(body, start);
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
            start = Tokens.start(body, end);
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
    static @Nullable String countryBehind(String body, String token) {
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

    private static boolean twoLetters(String text) {
        return text.length() == 2 && upper(text.charAt(0)) && upper(text.charAt(1));
    }

    private static boolean upper(char c) {
        return c >= 'A' && c <= 'Z';
    }

    private static String unquoted(String text) {
        return text.length() > 1 && text.charAt(0) == '"' && text.endsWith("\"")
                ? text.substring(1, text.length() - 1)
                : text;
    }
}
