package dev.sluice.fetch;

import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.ProxyKey;

/**
 * A set of keys in 8 to 32 bytes each: 64-bit fingerprints with open addressing. Two keys share one with a chance of
 * 3 in 100 million among a million keys; the later one is then taken for known. Confined to one thread at a time.
 */
final class Fingerprints {
    private static final int FIRST_CAPACITY = 1 << 10;

    private long[] table = new long[FIRST_CAPACITY];
    private int size;

    /** Adds {@code key}; false when it was there. */
    boolean add(ProxyKey key) {
        if (size * 2 >= table.length) {
            grow();
        }
        if (!insert(table, fingerprint(key))) {
            return false;
        }
        size++;
        return true;
    }

    int size() {
        return size;
    }

    private void grow() {
        long[] larger = new long[table.length * 2];
        for (long fingerprint : table) {
            if (fingerprint != 0) {
                insert(larger, fingerprint);
            }
        }
        table = larger;
    }

    private static boolean insert(long[] table, long fingerprint) {
        int mask = table.length - 1;
        int slot = (int) (fingerprint ^ fingerprint >>> 32) & mask;
        while (table[slot] != 0) {
            if (table[slot] == fingerprint) {
                return false;
            }
            slot = slot + 1 & mask;
        }
        table[slot] = fingerprint;
        return true;
    }

    private static long fingerprint(ProxyKey key) {
        long hash = key.scheme().ordinal() + 1L;
        hash = mix(hash * 65_537 + key.port());
        hash = add(hash, key.host());
        Credentials credentials = key.credentials();
        if (credentials != null) {
            hash = add(mix(hash + 1), credentials.user());
            hash = add(mix(hash + 2), credentials.password().reveal());
        }
        return hash == 0 ? 1 : hash;
    }

    private static long add(long hash, String text) {
        long result = hash;
        for (int i = 0; i < text.length(); i++) {
            result = (result ^ text.charAt(i)) * 0x100000001b3L;
            result ^= result >>> 29;
        }
        return mix(result + text.length());
    }

    /** A bijection that spreads every bit: multiplications by odd constants between shifts. */
    private static long mix(long value) {
        long result = (value ^ value >>> 31) * 0x9e3779b97f4a7c15L;
        result = (result ^ result >>> 30) * 0xbf58476d1ce4e5b9L;
        return result ^ result >>> 32;
    }
}
