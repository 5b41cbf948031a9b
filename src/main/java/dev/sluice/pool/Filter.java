package dev.sluice.pool;

import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which proxies are wanted. Canonical: two requests that mean the same have equal filters. Immutable.
 *
 * <p>Where a property of a proxy is unknown, it meets a condition only when nothing in particular is wanted of it:
 * {@code country=US} never matches an entry without country, {@code country=!US} does.
 *
 * @param protocol {@link Protocol}s, of which a proxy may speak several
 * @param country ISO 3166-1 alpha-2 in upper case
 * @param region continent codes
 * @param city names in lower case
 * @param asn autonomous system numbers
 * @param anonymity levels
 * @param tier attention classes
 * @param type kinds of network
 * @param list names of sources, of which several may list a proxy
 * @param minReputation 0..100; 0 for any
 * @param maxLatencyMillis above 0; positive infinity for any
 * @param maxAgeMillis since the last check, above 0; {@link Long#MAX_VALUE} for any
 * @param exclude {@code host:port} or {@code scheme://host:port} of proxies that are not wanted
 */
public record Filter(
        Choice<Protocol> protocol,
        Choice<String> country,
        Choice<String> region,
        Choice<String> city,
        Choice<Long> asn,
        Choice<Anonymity> anonymity,
        Choice<Tier> tier,
        Choice<NetworkType> type,
        Choice<String> list,
        double minReputation,
        double maxLatencyMillis,
        long maxAgeMillis,
        Set<String> exclude) {

    /** Everything that is served. */
    public static final Filter ALL = new Filter(
            Choice.any(),
            Choice.any(),
            Choice.any(),
            Choice.any(),
            Choice.any(),
            Choice.any(),
            Choice.any(),
            Choice.any(),
            Choice.any(),
            0,
            Double.POSITIVE_INFINITY,
            Long.MAX_VALUE,
            Set.of());

    /** Most entries in {@code exclude}. */
    public static final int MAX_EXCLUDE = 1_000;

    /** Names of the parameters {@link #parse} reads, in the order in which {@link Pool#explain} applies them. */
    public static final List<String> PARAMETERS = List.of(
            "protocol",
            "country",
            "region",
            "city",
            "asn",
            "anonymity",
            "tier",
            "type",
            "list",
            "min_reputation",
            "max_latency_ms",
            "max_age_s",
            "exclude");

    // Indices in PARAMETERS.
    static final int PROTOCOL = 0;
    static final int COUNTRY = 1;
    static final int REGION = 2;
    static final int CITY = 3;
    static final int ASN = 4;
    static final int ANONYMITY = 5;
    static final int TIER = 6;
    static final int TYPE = 7;
    static final int LIST = 8;
    static final int MIN_REPUTATION = 9;
    static final int MAX_LATENCY = 10;
    static final int MAX_AGE = 11;
    static final int EXCLUDE = 12;

    private static final Set<String> REGIONS = Set.of("AF", "AN", "AS", "EU", "NA", "OC", "SA");
    private static final int MAX_TEXT = 100;

    public Filter {
        exclude = Set.copyOf(exclude);
    }

    /** What a client can do with a proxy, as the parameter {@code protocol} names it. */
    enum Protocol {
        /** Spoken to as an HTTP proxy. */
        HTTP,
        /** An HTTP proxy that tunnels to HTTPS targets, or one that is itself reached over TLS. */
        HTTPS,
        SOCKS4,
        SOCKS5
    }

    /**
     * Reads a filter.
     *
     * @param parameters values by name; names that are not in {@link #PARAMETERS} are left alone
     * @throws IllegalArgumentException naming the parameter, its value and what was expected
     */
    public static Filter parse(Map<String, String> parameters) {
        boolean none = true;
        for (String name : parameters.keySet()) {
            none &= !PARAMETERS.contains(name);
        }
        return none
                ? ALL
                : new Filter(
                        choice(parameters, "protocol", oneOf("protocol", Protocol.values())),
                        choice(parameters, "country", Filter::countryOf),
                        choice(parameters, "region", Filter::regionOf),
                        choice(parameters, "city", text -> bounded("city", text).toLowerCase(Locale.ROOT)),
                        choice(parameters, "asn", Filter::asnOf),
                        choice(parameters, "anonymity", oneOf("anonymity", Anonymity.values())),
                        choice(parameters, "tier", Filter::tierOf),
                        choice(parameters, "type", oneOf("type", NetworkType.values())),
                        choice(parameters, "list", text -> bounded("list", text)),
                        number(parameters, "min_reputation", 0, 100, 0),
                        number(parameters, "max_latency_ms", 1, 3_600_000, Double.POSITIVE_INFINITY),
                        maxAge(parameters),
                        excluded(parameters.get("exclude")));
    }

    /** The same without exclusions: what a view is kept for. */
    Filter withoutExclusions() {
        if (exclude.isEmpty()) {
            return this;
        }
        return new Filter(
                protocol,
                country,
                region,
                city,
                asn,
                anonymity,
                tier,
                type,
                list,
                minReputation,
                maxLatencyMillis,
                maxAgeMillis,
                Set.of());
    }

    /** Whether the condition with this index in {@link #PARAMETERS} is set. */
    boolean restricts(int step) {
        return switch (step) {
            case PROTOCOL -> !protocol.isAny();
            case COUNTRY -> !country.isAny();
            case REGION -> !region.isAny();
            case CITY -> !city.isAny();
            case ASN -> !asn.isAny();
            case ANONYMITY -> !anonymity.isAny();
            case TIER -> !tier.isAny();
            case TYPE -> !type.isAny();
            case LIST -> !list.isAny();
            case MIN_REPUTATION -> minReputation > 0;
            case MAX_LATENCY -> maxLatencyMillis != Double.POSITIVE_INFINITY;
            case MAX_AGE -> maxAgeMillis != Long.MAX_VALUE;
            default -> !exclude.isEmpty();
        };
    }

    /** Whether a proxy meets the condition with this index in {@link #PARAMETERS}. */
    boolean passes(int step, Served proxy, long nowMillis) {
        return switch (step) {
            case PROTOCOL -> speaks((int) (proxy.state() >>> Row.PROTOCOLS));
            case COUNTRY, REGION, CITY, ASN, TYPE -> stands(step, proxy.place());
            case ANONYMITY -> anonymity.accepts(proxy.anonymity());
            case TIER -> tier.accepts(proxy.tier());
            case LIST -> listed(proxy.lists());
            case MIN_REPUTATION -> proxy.reputation() >= minReputation;
            case MAX_LATENCY -> proxy.latencyMillis() <= maxLatencyMillis;
            case MAX_AGE -> nowMillis - proxy.lastCheckedAtMillis() <= maxAgeMillis;
            default -> !excludes(proxy);
        };
    }

    /** Whether a place meets the condition of location with this index in {@link #PARAMETERS}. */
    boolean stands(int step, Place place) {
        return switch (step) {
            case COUNTRY -> known(country, place.location.country());
            case REGION -> known(region, place.location.region());
            case CITY -> known(city, place.city);
            case TYPE -> known(type, place.location.type());
            default -> known(asn, place.asn);
        };
    }

    /** Whether one that speaks the {@link Protocol}s of these bits is wanted. */
    boolean speaks(int protocols) {
        boolean any = protocol.wanted().isEmpty();
        for (Protocol wanted : protocol.wanted()) {
            any |= (protocols & Row.bit(wanted)) != 0;
        }
        for (Protocol unwanted : protocol.unwanted()) {
            any &= (protocols & Row.bit(unwanted)) == 0;
        }
        return any;
    }

    /** Whether one that these sources list is wanted. */
    boolean listed(List<String> names) {
        boolean any = list.wanted().isEmpty();
        for (String name : names) {
            if (list.unwanted().contains(name)) {
                return false;
            }
            any |= list.wanted().contains(name);
        }
        return any;
    }

    /**
     * Whether an entry of the store meets every condition, be it alive or dead. Its reputation is that by its health alone.
     *
     * @param nowMillis when its age is taken
     */
    public boolean accepts(StoredProxy stored, long nowMillis) {
        if (equals(ALL)) {
            return true;
        }
        Served proxy = Slots.served(PooledProxy.of(stored, nowMillis), 0);
        for (int step = 0; step < PARAMETERS.size(); step++) {
            if (restricts(step) && !passes(step, proxy, nowMillis)) {
                return false;
            }
        }
        return true;
    }

    /**
     * What becomes of a proxy at each condition that is set, in the order of {@link #PARAMETERS}.
     *
     * @param nowMillis when its age is taken
     */
    public List<Condition> conditions(Served proxy, long nowMillis) {
        List<Condition> conditions = new ArrayList<>();
        for (int step = 0; step < PARAMETERS.size(); step++) {
            if (restricts(step)) {
                conditions.add(new Condition(PARAMETERS.get(step), passes(step, proxy, nowMillis)));
            }
        }
        return conditions;
    }

    /** The same of an entry of the store, dead or alive. Its reputation is that by its health alone. */
    public List<Condition> conditions(StoredProxy stored, long nowMillis) {
        return conditions(Slots.served(PooledProxy.of(stored, nowMillis), 0), nowMillis);
    }

    /**
     * A condition of a filter, and a proxy.
     *
     * @param name of the parameter
     * @param met whether the proxy meets it
     */
    public record Condition(String name, boolean met) {}

    /** The kind of proxies where all have to be of one: SOCKS4 or SOCKS5 where nothing else is wanted, otherwise HTTP. */
    public Scheme kind() {
        if (protocol.wanted().equals(Set.of(Protocol.SOCKS4))) {
            return Scheme.SOCKS4;
        }
        return protocol.wanted().equals(Set.of(Protocol.SOCKS5)) ? Scheme.SOCKS5 : Scheme.HTTP;
    }

    private boolean excludes(Served proxy) {
        String host = proxy.host();
        String address = (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + proxy.port();
        return exclude.contains(address) || exclude.contains(proxy.scheme().text() + "://" + address);
    }

    private static <T> boolean known(Choice<T> choice, @Nullable T value) {
        return value == null ? choice.acceptsUnknown() : choice.accepts(value);
    }

    private static <T> Choice<T> choice(Map<String, String> parameters, String name, Function<String, T> reader) {
        String text = parameters.get(name);
        return text == null ? Choice.any() : Choice.parse(name, text, reader);
    }

    private static <T extends Enum<T>> Function<String, T> oneOf(String name, T[] values) {
        return text -> {
            for (T value : values) {
                if (value.name().toLowerCase(Locale.ROOT).equals(text.toLowerCase(Locale.ROOT))) {
                    return value;
                }
            }
            String known = Arrays.stream(values)
                    .map(value -> value.name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(", "));
            throw invalid(name, text, known);
        };
    }

    private static String countryOf(String text) {
        String upper = text.toUpperCase(Locale.ROOT);
        if (upper.length() != 2 || !isLetter(upper.charAt(0)) || !isLetter(upper.charAt(1))) {
            throw invalid("country", text, "two letters of ISO 3166-1, for example DE");
        }
        return upper;
    }

    private static boolean isLetter(char c) {
        return c >= 'A' && c <= 'Z';
    }

    private static String regionOf(String text) {
        String upper = text.toUpperCase(Locale.ROOT);
        if (!REGIONS.contains(upper)) {
            throw invalid("region", text, "AF, AN, AS, EU, NA, OC, SA");
        }
        return upper;
    }

    private static Long asnOf(String text) {
        String digits = text.regionMatches(true, 0, "AS", 0, 2) ? text.substring(2) : text;
        if (digits.isEmpty() || digits.length() > 10 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw invalid("asn", text, "a number such as 3320 or AS3320");
        }
        long number = Long.parseLong(digits);
        if (number < 1 || number > 0xffff_ffffL) {
            throw invalid("asn", text, "1..4294967295");
        }
        return number;
    }

    private static Tier tierOf(String text) {
        for (Tier tier : Tier.values()) {
            if (tier.text().equals(text.toLowerCase(Locale.ROOT))
                    || Integer.toString(tier.number()).equals(text)) {
                return tier;
            }
        }
        throw invalid("tier", text, "1 or active, 2 or at-risk, 3 or inactive, 4 or unknown");
    }

    private static String bounded(String name, String text) {
        if (text.length() > MAX_TEXT) {
            throw new IllegalArgumentException(
                    name + ": " + text.length() + " characters (expected: 1.." + MAX_TEXT + ")");
        }
        return text;
    }

    private static double number(Map<String, String> parameters, String name, double min, double max, double absent) {
        String text = parameters.get(name);
        if (text == null) {
            return absent;
        }
        double value = decimal(text);
        if (!(value >= min && value <= max)) {
            throw invalid(name, text, "a number, " + (long) min + ".." + (long) max);
        }
        return value;
    }

    /** Digits with at most one point, nothing else; NaN when it is none. */
    private static double decimal(String text) {
        boolean plain = !text.isEmpty() && text.length() <= 20 && !text.equals(".");
        int points = 0;
        for (int i = 0; i < text.length() && plain; i++) {
            char c = text.charAt(i);
            points += c == '.' ? 1 : 0;
            plain = (c >= '0' && c <= '9') || (c == '.' && points == 1);
        }
        return plain ? Double.parseDouble(text) : Double.NaN;
    }

    private static long maxAge(Map<String, String> parameters) {
        double seconds = number(parameters, "max_age_s", 1, 31_536_000, Double.POSITIVE_INFINITY);
        return seconds == Double.POSITIVE_INFINITY ? Long.MAX_VALUE : (long) (seconds * 1_000);
    }

    private static Set<String> excluded(@Nullable String text) {
        if (text == null) {
            return Set.of();
        }
        Set<String> excluded = new LinkedHashSet<>();
        for (String raw : text.split(",", -1)) {
            String part = raw.trim();
            ServedName name = ServedName.parse(part);
            if (name == null) {
                throw invalid("exclude", part, "host:port or scheme://host:port, by comma");
            }
            excluded.add(name.scheme() == null ? name.address() : name.scheme().text() + "://" + name.address());
            if (excluded.size() > MAX_EXCLUDE) {
                throw new IllegalArgumentException(
                        "exclude: more than " + MAX_EXCLUDE + " entries (expected: 1.." + MAX_EXCLUDE + ")");
            }
        }
        return excluded;
    }

    private static IllegalArgumentException invalid(String name, String value, String expected) {
        return new IllegalArgumentException(name + ": " + bounded(name, value) + " (expected: " + expected + ")");
    }
}
