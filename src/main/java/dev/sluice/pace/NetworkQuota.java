package dev.sluice.pace;

import dev.sluice.parse.IpAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * How many checks one address and one network (a /24 of IPv4, a /48 of IPv6) may have at the same time, so that thousands of
 * entries of one provider are not all tried at once. An IPv4 literal costs no allocation. Confined to one thread.
 */
public final class NetworkQuota {
    private static final int NETWORK_MASK = 0xffffff00;
    private static final int NETWORK_BYTES_V6 = 6;

    /** Nothing an IPv4 address can be. */
    private static final long NO_ADDRESS = -1;

    private int perAddress;
    private int perNetwork;
    private final Counts addresses = new Counts();
    private final Counts networks = new Counts();
    private final Map<String, Held> others = new HashMap<>();

    /**
     * @param perAddress most of one address, 0: any number
     * @param perNetwork most of one network, 0: any number
     */
    public NetworkQuota(int perAddress, int perNetwork) {
        limit(perAddress, perNetwork);
    }

    /** Other limits for what is taken from now on; parameters as of the constructor. */
    public void limit(int perAddress, int perNetwork) {
        if (perAddress < 0 || perNetwork < 0) {
            throw new IllegalArgumentException(
                    "quota: " + perAddress + " an address, " + perNetwork + " a network (expected: 0 or more)");
        }
        this.perAddress = perAddress;
        this.perNetwork = perNetwork;
    }

    /**
     * Whether one more may start; counts it when so.
     *
     * @param host an IP literal without brackets, or a name, which is an address and a network of its own
     */
    public boolean take(String host) {
        long address = ipv4(host);
        return address == NO_ADDRESS ? takeOther(host) : take((int) address);
    }

    /**
     * One that was taken has ended.
     *
     * @throws IllegalStateException when none of this host is counted
     */
    public void release(String host) {
        long address = ipv4(host);
        if (address == NO_ADDRESS) {
            releaseOther(host);
            return;
        }
        // Counted even where there is no limit: there may be one by the time they end.
        if (!addresses.remove((int) address) || !networks.remove((int) address & NETWORK_MASK)) {
            throw notTaken(host);
        }
    }

    /** Distinct addresses and networks that are counted; 0 when all was released. */
    public int size() {
        return addresses.size() + networks.size() + others.size();
    }

    private boolean take(int address) {
        int network = address & NETWORK_MASK;
        boolean room = (perAddress == 0 || addresses.count(address) < perAddress)
                && (perNetwork == 0 || networks.count(network) < perNetwork);
        if (!room) {
            return false;
        }
        addresses.add(address);
        networks.add(network);
        return true;
    }

    private boolean takeOther(String host) {
        byte[] bytes = IpAddress.parse(host);
        if (bytes == null) {
            int most = perAddress == 0 ? perNetwork : perNetwork == 0 ? perAddress : Math.min(perAddress, perNetwork);
            return room(name(host), most) && count(name(host));
        }
        byte[] address = IpAddress.unmapped(bytes);
        if (address.length == 4) {
            return take(ipv4(address));
        }
        String network = network(address);
        String exact = IpAddress.format(address);
        return room(exact, perAddress) && room(network, perNetwork) && count(exact) && count(network);
    }

    private void releaseOther(String host) {
        byte[] bytes = IpAddress.parse(host);
        if (bytes == null) {
            uncount(name(host), host);
            return;
        }
        byte[] address = IpAddress.unmapped(bytes);
        if (address.length == 4) {
            release(IpAddress.format(address));
            return;
        }
        uncount(IpAddress.format(address), host);
        uncount(network(address), host);
    }

    private boolean room(String key, int most) {
        Held held = others.get(key);
        return most == 0 || held == null || held.count < most;
    }

    private boolean count(String key) {
        others.computeIfAbsent(key, k -> new Held()).count++;
        return true;
    }

    private void uncount(String key, String host) {
        Held held = others.get(key);
        if (held == null) {
            throw notTaken(host);
        }
        if (--held.count == 0) {
            others.remove(key);
        }
    }

    private static IllegalStateException notTaken(String host) {
        return new IllegalStateException("host: " + host + " (expected: one that was taken and not released)");
    }

    /** Names are the same in any case, and with or without the dot of the root. */
    private static String name(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    private static String network(byte[] address) {
        byte[] network = Arrays.copyOf(Arrays.copyOf(address, NETWORK_BYTES_V6), address.length);
        return IpAddress.format(network) + "/48";
    }

    private static int ipv4(byte[] address) {
        return (address[0] & 0xff) << 24 | (address[1] & 0xff) << 16 | (address[2] & 0xff) << 8 | (address[3] & 0xff);
    }

    /** The address of a dotted quad as 32 bits; {@link #NO_ADDRESS} for anything else, leading zeros included. */
    private static long ipv4(String host) {
        long address = 0;
        int dots = 0;
        int part = -1;
        int length = host.length();
        if (length > 15) {
            return NO_ADDRESS;
        }
        for (int i = 0; i < length; i++) {
            char c = host.charAt(i);
            if (c == '.' && part >= 0 && dots < 3) {
                address = address << 8 | part;
                part = -1;
                dots++;
            } else if (c >= '0' && c <= '9' && part != 0) {
                part = (part < 0 ? 0 : part * 10) + (c - '0');
                if (part > 255) {
                    return NO_ADDRESS;
                }
            } else {
                return NO_ADDRESS;
            }
        }
        return dots == 3 && part >= 0 ? address << 8 | part : NO_ADDRESS;
    }

    private static final class Held {
        private int count;
    }

    /** How many of each 32-bit key: open addressing, key and count in one long, 0 for a free place. */
    private static final class Counts {
        private static final int FIRST_PLACES = 1 << 10;

        /** 2^32 divided by the golden ratio: neighbouring addresses land far apart (Knuth, volume 3, 6.4). */
        private static final int SPREAD = 0x9e3779b9;

        private long[] places = new long[FIRST_PLACES];
        private int shift = 32 - Integer.numberOfTrailingZeros(FIRST_PLACES);
        private int size;

        int size() {
            return size;
        }

        int count(int key) {
            return (int) places[find(key)];
        }

        void add(int key) {
            int place = find(key);
            if (places[place] != 0) {
                places[place]++;
                return;
            }
            places[place] = (long) key << 32 | 1;
            if (++size > places.length / 2) {
                grow();
            }
        }

        /** False when there is none. */
        boolean remove(int key) {
            int place = find(key);
            if (places[place] == 0) {
                return false;
            }
            places[place]--;
            if ((int) places[place] == 0) {
                size--;
                close(place);
            }
            return true;
        }

        private int home(int key) {
            return key * SPREAD >>> shift;
        }

        /** Where the key is, or the free place where it would be. */
        private int find(int key) {
            int place = home(key);
            while (places[place] != 0 && (int) (places[place] >>> 32) != key) {
                place = next(place);
            }
            return place;
        }

        /** Moves up those behind a hole that would no longer be found. */
        private void close(int from) {
            int hole = from;
            places[hole] = 0;
            for (int place = next(hole); places[place] != 0; place = next(place)) {
                int home = home((int) (places[place] >>> 32));
                int mask = places.length - 1;
                boolean reachable = ((place - home) & mask) < ((place - hole) & mask);
                if (!reachable) {
                    places[hole] = places[place];
                    places[place] = 0;
                    hole = place;
                }
            }
        }

        private void grow() {
            long[] old = places;
            places = new long[2 * old.length];
            shift--;
            for (long one : old) {
                if (one != 0) {
                    places[find((int) (one >>> 32))] = one;
                }
            }
        }

        private int next(int place) {
            return (place + 1) & (places.length - 1);
        }
    }
}
