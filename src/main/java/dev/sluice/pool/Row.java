package dev.sluice.pool;

import dev.sluice.pool.Filter.Protocol;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Rotation;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.Verified;
import org.jspecify.annotations.Nullable;

/**
 * How a proxy is laid out in {@value #WORDS} words of 64 bits. The first is all a pick looks at before it decides; what
 * picks and reports change stands in words of its own, which they swap without a lock.
 */
final class Row {
    /** Words of a row. */
    static final int WORDS = 16;

    /** Flags and small values; see the masks below. */
    static final int STATE = 0;
    /** Odd while the writer changes the row, and another number after each change. */
    static final int SEQUENCE = 1;

    static final int ID = 2;
    /** IPv4 address in the upper bits, port in the lower 16. */
    static final int HOST_PORT = 3;
    /** IPv4 exit address in the upper half, version in the lower. */
    static final int EXIT_VERSION = 4;
    /** Feedback reports and gateway requests that count. Swapped by reports. */
    static final int USES = 5;
    /** Number of the pick that gave it last, 0 for none. Set by picks. */
    static final int LAST_PICK = 6;
    /** Reputation in tenths of a point in the lower 16 bits, feedback's part in hundredths above. Swapped by reports. */
    static final int REPUTE = 7;
    /** Success rate in the upper half, latency in milliseconds in the lower, both as float. */
    static final int RATES = 8;
    /** Three words of {@link dev.sluice.proxy.Latencies}. */
    static final int LATENCIES = 9;

    static final int LAST_CHECKED = 12;
    static final int STATE_SINCE = 13;
    /** Seconds since 1970 in the upper half, success rate in thousandths in 10 bits, spread in tenths of a millisecond in 22. */
    static final int DEEP = 14;

    static final int NEXT_CHECK = 15;

    // The word STATE, from its lowest bit.
    static final long SERVABLE = 1;
    static final long FULL = 1 << 1;
    static final int PROTOCOLS = 2;
    static final int SCHEME = 6;
    static final int ANONYMITY = 9;
    static final int TIER = 11;
    static final int VERIFIED = 14;
    static final int ROTATION = 16;
    static final long HOST_IS_V4 = 1 << 18;
    static final int EXIT = 19;
    static final int CAPABILITIES = 21;
    static final int FAILURES = 29;

    static final int EXIT_NONE = 0;
    static final int EXIT_V4 = 1;
    static final int EXIT_TEXT = 2;

    private static final int MOST_FAILURES = 255;
    private static final int SPREAD_BITS = 22;
    private static final int NO_SPREAD = (1 << SPREAD_BITS) - 1;
    private static final Scheme[] SCHEMES = Scheme.values();
    private static final Anonymity[] LEVELS = Anonymity.values();
    private static final Verified[] VERIFICATIONS = Verified.values();
    private static final Rotation[] ROTATIONS = Rotation.values();

    private Row() {}

    /** Writes everything that comes from outside; {@link #SEQUENCE}, {@link #USES}, {@link #LAST_PICK} and {@link #REPUTE} stay. */
    static void encode(PooledProxy proxy, long[] words) {
        ProxyKey key = proxy.key();
        Health health = proxy.health();
        long host = ipv4(key.host());
        String exitText = health.exitAddress();
        long exit = exitText == null ? -1 : ipv4(exitText);
        int exitKind = exitText == null ? EXIT_NONE : exit >= 0 ? EXIT_V4 : EXIT_TEXT;
        long state = (proxy.servable() ? SERVABLE : 0)
                | (health.verified() == Verified.FULL ? FULL : 0)
                | (long) protocols(key.scheme(), health.capabilities()) << PROTOCOLS
                | (long) key.scheme().ordinal() << SCHEME
                | (long) health.anonymity().ordinal() << ANONYMITY
                | (long) health.tier().number() << TIER
                | (long) health.verified().ordinal() << VERIFIED
                | (long) health.rotation().ordinal() << ROTATION
                | (host >= 0 ? HOST_IS_V4 : 0)
                | (long) exitKind << EXIT
                | (long) (health.capabilities() & 0xff) << CAPABILITIES
                | (long) Math.min(health.consecutiveFailures(), MOST_FAILURES) << FAILURES;
        words[STATE] = state;
        words[ID] = proxy.id();
        words[HOST_PORT] = Math.max(host, 0) << 16 | key.port();
        words[EXIT_VERSION] = (exitKind == EXIT_V4 ? exit << 32 : 0) | (health.version() & 0xffff_ffffL);
        words[RATES] = rates(health.successRate(), health.latencyMillis());
        for (int i = 0; i < 3; i++) {
            words[LATENCIES + i] = health.latencies().word(i);
        }
        words[LAST_CHECKED] = health.lastCheckedAtMillis();
        words[STATE_SINCE] = health.stateSinceMillis();
        words[DEEP] = deep(health.deep());
        words[NEXT_CHECK] = health.nextCheckAtMillis();
    }

    /** Writes identity alone into a row. */
    static void identify(ProxyKey key, long[] words) {
        long host = ipv4(key.host());
        int capabilities = capabilities(words[STATE]);
        words[STATE] = words[STATE] & ~(0xfL << PROTOCOLS | 7L << SCHEME | HOST_IS_V4)
                | (long) protocols(key.scheme(), capabilities) << PROTOCOLS
                | (long) key.scheme().ordinal() << SCHEME
                | (host >= 0 ? HOST_IS_V4 : 0);
        words[HOST_PORT] = Math.max(host, 0) << 16 | key.port();
    }

    private static long rates(double successRate, double latencyMillis) {
        return (long) Float.floatToIntBits((float) successRate) << 32
                | (Float.floatToIntBits((float) latencyMillis) & 0xffff_ffffL);
    }

    private static long deep(Health.@Nullable Deep deep) {
        if (deep == null) {
            return 0;
        }
        long spread = Double.isNaN(deep.spreadMillis())
                ? NO_SPREAD
                : Math.min(Math.round(deep.spreadMillis() * 10), NO_SPREAD - 1);
        return deep.atMillis() / 1_000 << 32 | Math.round(deep.successRate() * 1_000) << SPREAD_BITS | spread;
    }

    static Health.@Nullable Deep deep(long word) {
        if (word == 0) {
            return null;
        }
        int spread = (int) (word & NO_SPREAD);
        return new Health.Deep(
                (word >>> 32) * 1_000,
                (word >>> SPREAD_BITS & 0x3ff) / 1_000.0,
                spread == NO_SPREAD ? Double.NaN : spread / 10.0);
    }

    static float successRate(long rates) {
        return Float.intBitsToFloat((int) (rates >>> 32));
    }

    static float latencyMillis(long rates) {
        return Float.intBitsToFloat((int) rates);
    }

    static Scheme scheme(long state) {
        return SCHEMES[(int) (state >>> SCHEME & 7)];
    }

    static Anonymity anonymity(long state) {
        return LEVELS[(int) (state >>> ANONYMITY & 3)];
    }

    static int tierNumber(long state) {
        return (int) (state >>> TIER & 7);
    }

    static Tier tier(long state) {
        return Tier.ofNumber(tierNumber(state));
    }

    static Verified verified(long state) {
        return VERIFICATIONS[(int) (state >>> VERIFIED & 3)];
    }

    static Rotation rotation(long state) {
        return ROTATIONS[(int) (state >>> ROTATION & 3)];
    }

    static int capabilities(long state) {
        return (int) (state >>> CAPABILITIES & 0xff);
    }

    static int failures(long state) {
        return (int) (state >>> FAILURES & 0xff);
    }

    /** Bits of {@link Protocol}s that a proxy speaks. */
    static int protocols(Scheme scheme, int capabilities) {
        return switch (scheme) {
            case HTTP -> bit(Protocol.HTTP) | (Capability.HTTPS.in(capabilities) ? bit(Protocol.HTTPS) : 0);
            case HTTPS -> bit(Protocol.HTTPS);
            case SOCKS4 -> bit(Protocol.SOCKS4);
            case SOCKS5 -> bit(Protocol.SOCKS5);
            case UNKNOWN -> 0;
        };
    }

    static int bit(Enum<?> value) {
        return 1 << value.ordinal();
    }

    // Reputation and feedback's part of it.

    static long repute(double reputation, double feedback) {
        return (long) Math.round((float) (feedback * 100)) << 16 | Math.round(reputation * 10);
    }

    /** 0..100, to a tenth. */
    static double reputation(long repute) {
        return (repute & 0xffff) / 10.0;
    }

    /** Whole points, 0..100. */
    static int points(long repute) {
        return ((int) (repute & 0xffff) + 5) / 10;
    }

    /** Points that feedback adds or takes away, to a hundredth. */
    static double feedback(long repute) {
        return (repute >> 16) / 100.0;
    }

    // Addresses.

    /** The address as a number; -1 when the text is none in dotted form. */
    static long ipv4(String text) {
        int length = text.length();
        if (length < 7 || length > 15) {
            return -1;
        }
        long address = 0;
        int part = -1;
        int dots = 0;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c == '.') {
                if (part < 0) {
                    return -1;
                }
                address = address << 8 | part;
                part = -1;
                dots++;
            } else if (c >= '0' && c <= '9') {
                // Without leading zeros, so that the text comes back as it was.
                part = part < 0 ? c - '0' : part == 0 ? 256 : part * 10 + c - '0';
                if (part > 255) {
                    return -1;
                }
            } else {
                return -1;
            }
        }
        return dots == 3 && part >= 0 ? address << 8 | part : -1;
    }

    static String dotted(long address) {
        return (address >>> 24 & 0xff) + "." + (address >>> 16 & 0xff) + '.' + (address >>> 8 & 0xff) + '.'
                + (address & 0xff);
    }
}
