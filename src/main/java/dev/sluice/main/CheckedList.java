package dev.sluice.main;

import dev.sluice.message.Candidate;
import dev.sluice.parse.IpAddress;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The distinct entries of a list, each with its country. Eight bytes an entry for IPv4 addresses without
 * credentials, some three hundred for others. Immutable.
 */
final class CheckedList {
    private static final Scheme[] SCHEMES = Scheme.values();
    private static final int PORT_BITS = 16;
    private static final int SCHEME_BITS = 3;
    private static final int COUNTRY_BITS = 10;
    private static final int LETTER_BITS = 5;

    /** Address, port, scheme and country, from the highest bit on; in ascending order. */
    private final long[] plain;

    private final List<Other> others;
    private final Map<ProxyKey, Integer> placeOfOther;

    private record Other(ProxyKey key, @Nullable String country) {}

    private CheckedList(long[] plain, List<Other> others, Map<ProxyKey, Integer> placeOfOther) {
        this.plain = plain;
        this.others = others;
        this.placeOfOther = placeOfOther;
    }

    /** How many there are. */
    int size() {
        return plain.length + others.size();
    }

    /**
     * An entry.
     *
     * @param place 0..size-1
     */
    ProxyKey key(int place) {
        if (place >= plain.length) {
            return others.get(place - plain.length).key;
        }
        long bits = plain[place] >>> COUNTRY_BITS;
        Scheme scheme = SCHEMES[(int) bits & (1 << SCHEME_BITS) - 1];
        int port = (int) (bits >>> SCHEME_BITS) & (1 << PORT_BITS) - 1;
        int address = (int) (bits >>> SCHEME_BITS + PORT_BITS);
        String host = (address >>> 24) + "." + (address >>> 16 & 0xff) + "." + (address >>> 8 & 0xff) + "."
                + (address & 0xff);
        return ProxyKey.of(scheme, host, port);
    }

    /** The country of an entry as it was read, ISO 3166-1 alpha-2; null when nobody told it. */
    @Nullable
    String country(int place) {
        if (place >= plain.length) {
            return others.get(place - plain.length).country;
        }
        int letters = (int) plain[place] & (1 << COUNTRY_BITS) - 1;
        return letters == 0
                ? null
                : new String(new char[] {letter(letters >>> LETTER_BITS), letter(letters & (1 << LETTER_BITS) - 1)});
    }

    /** Whether the list names {@code key}. */
    boolean contains(ProxyKey key) {
        long bits = bits(key);
        if (bits < 0) {
            return placeOfOther.containsKey(key);
        }
        int found = Arrays.binarySearch(plain, bits << COUNTRY_BITS);
        int place = found < 0 ? -found - 1 : found;
        return place < plain.length && plain[place] >>> COUNTRY_BITS == bits;
    }

    /** Address, port and scheme of an IPv4 address without credentials; negative for others. */
    private static long bits(ProxyKey key) {
        byte[] address = key.credentials() == null ? IpAddress.parse(key.host()) : null;
        if (address == null || address.length != 4) {
            return -1;
        }
        long number = (address[0] & 0xffL) << 24
                | (address[1] & 0xffL) << 16
                | (address[2] & 0xffL) << 8
                | (address[3] & 0xffL);
        return (number << PORT_BITS | key.port()) << SCHEME_BITS | key.scheme().ordinal();
    }

    private static char letter(int number) {
        return (char) ('A' - 1 + number);
    }

    private static int letters(@Nullable String country) {
        return country == null ? 0 : (country.charAt(0) - 'A' + 1) << LETTER_BITS | (country.charAt(1) - 'A' + 1);
    }

    /** Gathers entries. Confined to one thread. */
    static final class Gathering {
        private long[] plain = new long[1 << 10];
        private int plains;
        private final List<Other> others = new ArrayList<>();
        private final Map<ProxyKey, Integer> placeOfOther = new HashMap<>();
        private long repeated;

        /** Takes an entry. One that was taken before only adds the country it may lack. */
        void add(Candidate candidate) {
            ProxyKey key = candidate.key();
            String country = candidate.claimedCountry();
            long bits = bits(key);
            if (bits >= 0) {
                if (plains == plain.length) {
                    plain = Arrays.copyOf(plain, plains + (plains >> 1));
                }
                plain[plains++] = bits << COUNTRY_BITS | letters(country);
                return;
            }
            Integer place = placeOfOther.putIfAbsent(key, others.size());
            if (place == null) {
                others.add(new Other(key, country));
                return;
            }
            repeated++;
            if (others.get(place).country == null) {
                others.set(place, new Other(key, country));
            }
        }

        /** How many were taken more than once; complete after {@link #list}. */
        long repeated() {
            return repeated;
        }

        /** What was gathered. Call once. */
        CheckedList list() {
            Arrays.sort(plain, 0, plains);
            int distinct = 0;
            for (int i = 0; i < plains; i++) {
                // Of equal entries the one with a country comes last.
                boolean last = i + 1 == plains || plain[i] >>> COUNTRY_BITS != plain[i + 1] >>> COUNTRY_BITS;
                if (last) {
                    plain[distinct++] = plain[i];
                } else {
                    repeated++;
                }
            }
            return new CheckedList(Arrays.copyOf(plain, distinct), List.copyOf(others), placeOfOther);
        }
    }
}
