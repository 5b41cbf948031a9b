package dev.sluice.store.memory;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.sluice.port.KeyRecord;
import dev.sluice.port.Vault;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Rotation;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.proxy.Verified;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link LineWriter} wrote. Fails with {@link LineException} where the JSON says what is not understood, also by
 * people's hands, and as the parser does where it is no JSON. Not thread-safe.
 */
public final class LineReader {
    /** Parts and places of one entry, or of what else has names and values, while they are read. */
    private record Fields(Map<String, Object> values) {
        static final List<?> NOTHING = List.of();

        long number(String name) throws LineException {
            return number(name, 0);
        }

        long number(String name, long usual) throws LineException {
            Object value = take(name);
            if (value == null) {
                return usual;
            }
            if (value instanceof Long number) {
                return number;
            }
            throw new LineException(name + ": no whole number (expected: one)");
        }

        int small(String name, int usual) throws LineException {
            long value = number(name, usual);
            if (value < Integer.MIN_VALUE || value > Integer.MAX_VALUE) {
                throw new LineException(name + ": " + value + " (expected: a number of 32 bits)");
            }
            return (int) value;
        }

        double real(String name) throws LineException {
            Object value = take(name);
            if (value == null) {
                return Double.NaN;
            }
            if (value instanceof Number number) {
                return number.doubleValue();
            }
            throw new LineException(name + ": no number (expected: one)");
        }

        @Nullable
        Boolean truth(String name) throws LineException {
            Object value = take(name);
            if (value == null || value instanceof Boolean) {
                return (Boolean) value;
            }
            throw new LineException(name + ": not true or false (expected: one of them)");
        }

        boolean flag(String name) throws LineException {
            return Boolean.TRUE.equals(truth(name));
        }

        @Nullable
        String text(String name) throws LineException {
            Object value = take(name);
            if (value == null || value instanceof String) {
                return (String) value;
            }
            throw new LineException(name + ": no text (expected: one)");
        }

        String needed(String name) throws LineException {
            String value = text(name);
            if (value == null) {
                throw new LineException(name + ": missing (expected: a text)");
            }
            return value;
        }

        <E extends Enum<E>> @Nullable E code(String name, Class<E> type) throws LineException {
            String value = text(name);
            try {
                return value == null ? null : Enum.valueOf(type, value.toUpperCase(Locale.ROOT));
            } catch (IllegalArgumentException e) {
                throw new LineException(name + ": not a name this version knows (expected: one of "
                        + EnumSet.allOf(type).toString().toLowerCase(Locale.ROOT) + ')');
            }
        }

        <E extends Enum<E>> E code(String name, Class<E> type, E usual) throws LineException {
            E value = code(name, type);
            return value == null ? usual : value;
        }

        byte[] bytes(String name) throws LineException {
            String value = text(name);
            try {
                return value == null ? new byte[0] : HexFormat.of().parseHex(value);
            } catch (IllegalArgumentException e) {
                throw new LineException(name + ": not in hexadecimal (expected: pairs of 0-9, a-f)");
            }
        }

        @Nullable
        Fields fields(String name) throws LineException {
            Object value = take(name);
            if (value == null || value instanceof Fields) {
                return (Fields) value;
            }
            throw new LineException(name + ": no object (expected: one)");
        }

        List<?> list(String name) throws LineException {
            Object value = take(name);
            if (value == null) {
                return NOTHING;
            }
            if (value instanceof List<?> list) {
                return list;
            }
            throw new LineException(name + ": no list (expected: one)");
        }

        private @Nullable Object take(String name) {
            return values.remove(name);
        }

        /** Nobody's hand may lose what it wrote by a slip. */
        void end() throws LineException {
            if (!values.isEmpty()) {
                throw new LineException(
                        new TreeSet<>(values.keySet()).first() + ": not a name this version knows (expected: none)");
            }
        }
    }

    /** More than anything written by this program has, and little enough for any memory. */
    private static final int MOST_FIELDS = 1_000;

    private static final int MOST_ITEMS = 10_000;
    private static final int MOST_SHARED = 1_000_000;
    private static final int DEEPEST = 4;
    private static final Health USUAL = Health.fresh(0);

    private final JsonParser in;
    private final Vault vault;
    /** Names of sources, cities and the like are in many lines, and once in memory. */
    private final Map<String, String> shared = new HashMap<>();

    /**
     * Reads from {@code in}.
     *
     * @param vault opens passwords, when they are wanted
     */
    public LineReader(JsonParser in, Vault vault) {
        this.in = in;
        this.vault = vault;
    }

    /** The entry that begins at the present token. */
    public Entry entry() throws IOException {
        Fields line = fields(0);
        try {
            return entry(line);
        } catch (IllegalArgumentException e) {
            throw new LineException(String.valueOf(e.getMessage()), e);
        }
    }

    private Entry entry(Fields line) throws LineException {
        long id = line.number("id");
        if (id < 1) {
            throw new LineException("id: " + id + " (expected: above 0)");
        }
        String user = line.text("username");
        String password = line.text("password");
        String digest = line.text("credential_digest");
        boolean open = user == null && password == null && digest == null;
        String name = user == null ? "" : user;
        Login login = open ? Login.NONE : login(name, password == null ? "" : password, digest);
        ProxyKey bare = new ProxyKey(
                line.code("scheme", Scheme.class, Scheme.UNKNOWN),
                line.needed("host"),
                line.small("port", 0),
                open ? null : Credentials.of(name, ""));
        Entry entry = new Entry(
                id,
                login.open(bare, vault),
                login,
                line.flag("detected"),
                line.small("claimed_capabilities", 0),
                health(line.fields("health")),
                location(line.fields("location")),
                location(line.fields("exit")),
                line.text("located_exit"),
                listings(line.list("listings")),
                line.number("first_seen_at"),
                line.number("archived_at"),
                override(line.fields("override")));
        line.end();
        return entry;
    }

    private static Login login(String user, String password, @Nullable String digest) {
        return digest == null ? Login.plain(user, password) : new Login(digest, password);
    }

    private Location location(@Nullable Fields place) throws LineException {
        if (place == null) {
            return Location.UNKNOWN;
        }
        Location location = new Location(
                share(place.text("region")),
                share(place.text("country")),
                share(place.text("city")),
                place.number("asn"),
                share(place.text("organisation")),
                place.code("type", NetworkType.class),
                share(place.text("origin")));
        place.end();
        return location;
    }

    private List<Listing> listings(List<?> items) throws LineException {
        List<Listing> listings = new ArrayList<>(items.size());
        Set<String> sources = new TreeSet<>();
        for (Object item : items) {
            if (!(item instanceof Fields listing)) {
                throw new LineException("listings: no object (expected: objects)");
            }
            String source = String.valueOf(share(listing.needed("source")));
            if (!sources.add(source)) {
                throw new LineException("listings: a source twice (expected: once)");
            }
            listings.add(new Listing(
                    source,
                    listing.number("first_listed_at"),
                    listing.number("listed_at"),
                    listing.number("unlisted_at")));
            listing.end();
        }
        listings.sort(Comparator.comparing(Listing::source));
        return List.copyOf(listings);
    }

    private static Health health(@Nullable Fields state) throws LineException {
        if (state == null) {
            return USUAL;
        }
        byte[] latencies = state.bytes("latencies");
        long deepAt = state.number("deep_at");
        double deepRate = state.real("deep_success_rate");
        double deepSpread = state.real("deep_spread_ms");
        Health health = new Health(
                state.flag("alive"),
                state.flag("active"),
                state.code("verified", Verified.class, USUAL.verified()),
                state.small("capabilities", 0),
                state.code("anonymity", Anonymity.class, USUAL.anonymity()),
                state.code("anonymity_seen", Anonymity.class, USUAL.anonymitySeen()),
                state.code("tampering", Tampering.class, USUAL.tampering()),
                new Health.Probation(
                        state.number("tampered_at"), state.number("clean_since"), state.small("clean_checks", 0)),
                state.text("exit_address"),
                state.code("rotation", Rotation.class, USUAL.rotation()),
                state.code("tier", Tier.class, USUAL.tier()),
                state.code("tier_reason", TierReason.class, USUAL.tierReason()),
                state.number("tier_since"),
                state.code("risk", RiskCategory.class, USUAL.risk()),
                state.small("priority", Health.DEFAULT_PRIORITY),
                state.number("next_check_at"),
                state.number("check_every_ms"),
                state.number("state_since"),
                state.number("last_checked_at"),
                state.number("last_alive_at"),
                state.real("success_rate"),
                state.real("latency_ms"),
                latencies.length == 0 ? Latencies.EMPTY : Latencies.of(latencies),
                deepAt == 0 ? null : new Health.Deep(deepAt, deepRate, deepSpread),
                state.small("consecutive_failures", 0),
                state.number("checks"),
                state.number("successes"),
                state.number("uses"),
                state.code("last_reason", FailureReason.class, USUAL.lastReason()),
                state.small("version", 0));
        state.end();
        return health;
    }

    private static @Nullable ManualOverride override(@Nullable Fields order) throws LineException {
        if (order == null) {
            return null;
        }
        ManualOverride override = new ManualOverride(
                order.code("tier", Tier.class),
                order.small("priority", 0),
                order.truth("active"),
                order.code("type", NetworkType.class),
                texts("tags", order.list("tags")),
                order.number("until", Long.MAX_VALUE));
        order.end();
        return override;
    }

    /** The API key that begins at the present token. */
    public KeyRecord key() throws IOException {
        Fields line = fields(0);
        Set<KeyRecord.Role> roles = EnumSet.noneOf(KeyRecord.Role.class);
        for (String name : texts("roles", line.list("roles"))) {
            KeyRecord.Role role = KeyRecord.Role.of(name);
            if (role == null) {
                throw new LineException("roles: not a name this version knows (expected: read, feedback, admin)");
            }
            roles.add(role);
        }
        KeyRecord key = new KeyRecord(
                line.needed("id"),
                line.needed("label"),
                roles,
                line.flag("credentials"),
                line.bytes("hash"),
                line.needed("pepper_id"),
                line.small("requests_per_second", 0),
                line.number("created_at"),
                line.number("expires_at"),
                line.number("revoked_at"),
                line.number("last_used_at"));
        line.end();
        return key;
    }

    /** The chunk of an import that begins at the present token. */
    public Chunk chunk() throws IOException {
        Fields line = fields(0);
        Chunk chunk = new Chunk(
                new Chunk.Id(line.needed("job"), line.small("number", 0)),
                line.number("lines"),
                line.number("added"),
                line.number("known"),
                line.number("rejected"),
                line.needed("cursor"));
        line.end();
        return chunk;
    }

    private static List<String> texts(String name, List<?> items) throws LineException {
        List<String> texts = new ArrayList<>(items.size());
        for (Object item : items) {
            if (!(item instanceof String text)) {
                throw new LineException(name + ": no text (expected: texts)");
            }
            texts.add(text);
        }
        return texts;
    }

    private @Nullable String share(@Nullable String text) {
        if (text == null || shared.size() >= MOST_SHARED) {
            return text;
        }
        String known = shared.putIfAbsent(text, text);
        return known == null ? text : known;
    }

    private Fields fields(int depth) throws IOException {
        if (in.currentToken() != JsonToken.START_OBJECT) {
            throw new LineException("no object (expected: one)");
        }
        Map<String, Object> values = new HashMap<>();
        while (in.nextToken() != JsonToken.END_OBJECT) {
            String name = in.currentName();
            in.nextToken();
            Object value = value(depth + 1);
            if (values.size() == MOST_FIELDS || (value != null && values.put(name, value) != null)) {
                throw new LineException("a name twice, or too many of them (expected: each once)");
            }
        }
        return new Fields(values);
    }

    private @Nullable Object value(int depth) throws IOException {
        if (depth > DEEPEST) {
            throw new LineException("objects within objects (expected: at most " + DEEPEST + ')');
        }
        return switch (in.currentToken()) {
            case START_OBJECT -> fields(depth);
            case START_ARRAY -> list(depth);
            case VALUE_STRING -> in.getText();
            case VALUE_NUMBER_INT -> in.getLongValue();
            case VALUE_NUMBER_FLOAT -> in.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> null;
        };
    }

    private List<Object> list(int depth) throws IOException {
        List<Object> items = new ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            Object item = value(depth + 1);
            if (item == null || items.size() == MOST_ITEMS) {
                throw new LineException("a list with nothing in it, or too much (expected: values)");
            }
            items.add(item);
        }
        return items;
    }
}
