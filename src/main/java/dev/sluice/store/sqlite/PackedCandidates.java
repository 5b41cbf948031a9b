package dev.sluice.store.sqlite;

import dev.sluice.message.Candidate;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.store.schema.Codes;
import org.jspecify.annotations.Nullable;

/**
 * Candidates written as one JSON array, to be bound as one value: a text for each, of one digit for the scheme, one for
 * the claimed capabilities, the claimed country or two spaces, five digits for the port, and the host.
 */
final class PackedCandidates {
    private static final int TYPICAL_LENGTH = 28;
    private static final int COUNTRY_LENGTH = 2;

    private final StringBuilder json;
    private int size;

    PackedCandidates(int expected) {
        json = new StringBuilder(2 + expected * TYPICAL_LENGTH).append('[');
    }

    /**
     * Appends it, unless it has credentials or anything unusual.
     *
     * @return whether it was appended
     */
    boolean add(Candidate candidate) {
        ProxyKey key = candidate.key();
        int claimed = candidate.claimedCapabilities();
        String country = candidate.claimedCountry();
        if (key.credentials() != null || claimed < 0 || claimed > 9 || !isCode(country) || !isPlain(key.host())) {
            return false;
        }
        json.append(size == 0 ? "\"" : ",\"");
        json.append((char) ('0' + Codes.of(key.scheme()))).append((char) ('0' + claimed));
        json.append(country == null ? "  " : country);
        for (int unit = 10_000; unit > 0; unit /= 10) {
            json.append((char) ('0' + key.port() / unit % 10));
        }
        json.append(key.host()).append('"');
        size++;
        return true;
    }

    /** How many there are. */
    int size() {
        return size;
    }

    /** The array. Ends it: nothing can be appended any more. */
    String json() {
        return json.append(']').toString();
    }

    /** Of two letters, or none. */
    private static boolean isCode(@Nullable String country) {
        return country == null
                || (country.length() == COUNTRY_LENGTH && isLetter(country.charAt(0)) && isLetter(country.charAt(1)));
    }

    /** Of characters that JSON holds as they are. */
    private static boolean isPlain(String host) {
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (!isLetter(c) && (c < '0' || c > '9') && c != '.' && c != ':' && c != '-') {
                return false;
            }
        }
        return true;
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
}
