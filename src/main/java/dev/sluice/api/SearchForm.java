package dev.sluice.api;

import dev.sluice.pool.Filter;
import dev.sluice.pool.Ranking;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tier;
import dev.sluice.store.ProxyQuery;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a search asks for, read strictly: of the pool what is alive, of the store whatever else. */
final class SearchForm {
    static final String STATE = "state";
    static final String SORT = "sort";
    static final String LIMIT = "limit";
    static final String CURSOR = "cursor";

    static final int MOST = 500;
    private static final int USUAL = 50;
    private static final String ALIVE = "alive";
    private static final String DEAD_SINCE = "dead_since";
    private static final int MOST_CHECKS = 999_999_999;

    /** Filters of the public endpoints that the store understands, too: one value of each. */
    private static final List<String> SHARED = List.of("country", "asn", "tier", "list");

    /** Filters that the store alone understands. */
    private static final List<String> STORED = List.of("scheme", "reason", "host", "port", "min_checks", "max_checks");

    static final List<String> PARAMETERS = parameters();

    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.:_-]{1,253}");
    private static final Pattern NETWORK =
            Pattern.compile("((?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?:\\.(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){2})"
                    + "\\.(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])/(2[4-9]|3[0-2])");

    private final Map<String, String> given;
    private final Query query;
    private final String state;
    private final String sort;

    private SearchForm(Query query) {
        this.query = query;
        this.given = query.values();
        this.state = state();
        this.sort = given.getOrDefault(SORT, state.equals(ALIVE) ? "-reputation" : "id");
    }

    private static List<String> parameters() {
        List<String> names = new ArrayList<>(List.of(STATE, SORT, LIMIT, CURSOR));
        names.addAll(Filter.PARAMETERS);
        names.addAll(STORED);
        return List.copyOf(names);
    }

    /** A search. */
    sealed interface Search {
        /** What it is called in {@code state}. */
        String state();

        /** What it is called in {@code sort}. */
        String sort();

        /** What its cursors are good for. */
        String query();
    }

    /** Of the pool. */
    record OfPool(
            String state,
            String sort,
            String query,
            Filter filter,
            Ranking.By by,
            boolean descending,
            Ranking.@Nullable Rank after,
            int limit)
            implements Search {}

    /** Of the store. */
    record OfStore(String state, String sort, String query, ProxyQuery wanted) implements Search {}

    /**
     * Reads the parameters.
     *
     * @param raw the part behind the question mark, or null
     * @throws Refused naming the parameter, its value and what was expected
     */
    static Search parse(@Nullable String raw) {
        return of(Query.parse(raw, PARAMETERS), 0);
    }

    /**
     * A search for a number of entries at once.
     *
     * @param limit how many; 0 for what the parameters say
     */
    static Search of(Query query, int limit) {
        return Wish.valid(() -> {
            SearchForm form = new SearchForm(query);
            return form.state.equals(ALIVE) ? form.ofPool(limit) : form.ofStore(limit);
        });
    }

    private String state() {
        String told = given.get(STATE);
        if (told == null) {
            if (DEAD_SINCE.equals(bare(given.getOrDefault(SORT, "")))) {
                return text(ProxyQuery.State.DEAD);
            }
            return STORED.stream().anyMatch(given::containsKey) ? text(ProxyQuery.State.ALL) : ALIVE;
        }
        List<String> known = new ArrayList<>(List.of(ALIVE));
        Arrays.stream(ProxyQuery.State.values()).map(SearchForm::text).forEach(known::add);
        if (!known.contains(told)) {
            throw new IllegalArgumentException(STATE + ": " + told + " (expected: " + String.join(", ", known) + ")");
        }
        return told;
    }

    private static String text(ProxyQuery.State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    private static String bare(String sort) {
        return sort.startsWith("-") ? sort.substring(1) : sort;
    }

    private int limit(int told) {
        return told > 0 ? told : query.number(LIMIT, 1, MOST, USUAL);
    }

    private @Nullable Cursor cursor(String name) {
        String text = given.get(CURSOR);
        if (text == null) {
            return null;
        }
        Cursor cursor = Cursor.read(text, name);
        if (cursor == null) {
            throw new IllegalArgumentException(
                    CURSOR + ": not one of this query (expected: next_cursor of its page before,"
                            + " with all other parameters but limit as they were)");
        }
        return cursor;
    }

    // Of the pool.

    private Search ofPool(int limit) {
        for (String name : STORED) {
            if (given.containsKey(name)) {
                throw new IllegalArgumentException(
                        name + ": only the database knows it (expected: state dead, never, archived or all)");
            }
        }
        Filter filter = Filter.parse(given);
        Ranking.By by = by(bare(sort));
        String name = Cursor.query(state, sort, given);
        Cursor cursor = cursor(name);
        return new OfPool(
                state,
                sort,
                name,
                filter,
                by,
                sort.startsWith("-"),
                cursor == null ? null : new Ranking.Rank(cursor.value(), cursor.id()),
                limit(limit));
    }

    private Ranking.By by(String text) {
        for (Ranking.By by : Ranking.By.values()) {
            if (by.text().equals(text)) {
                return by;
            }
        }
        String known = Arrays.stream(Ranking.By.values()).map(Ranking.By::text).collect(Collectors.joining(", "));
        throw new IllegalArgumentException(
                SORT + ": " + sort + " (expected: " + known + ", with - before it for the greatest first)");
    }

    // Of the store.

    private Search ofStore(int limit) {
        for (String name : Filter.PARAMETERS) {
            if (given.containsKey(name) && !SHARED.contains(name)) {
                throw new IllegalArgumentException(name + ": only the pool knows it (expected: state alive; here "
                        + String.join(", ", SHARED) + ", " + String.join(", ", STORED) + ")");
            }
        }
        ProxyQuery.State wanted = ProxyQuery.State.valueOf(state.toUpperCase(Locale.ROOT));
        ProxyQuery.Order order = order(wanted);
        // So that the same mistakes are answered with the same words.
        Filter.parse(given);
        String asn = one("asn");
        String country = one("country");
        String name = Cursor.query(state, sort, given);
        Cursor cursor = cursor(name);
        return new OfStore(
                state,
                sort,
                name,
                new ProxyQuery(
                        wanted,
                        order,
                        sort.startsWith("-"),
                        several("scheme", Scheme.values(), Scheme::text),
                        country == null ? null : country.toUpperCase(Locale.ROOT),
                        asn == null
                                ? 0
                                : Long.parseLong(asn.toUpperCase(Locale.ROOT).replace("AS", "")),
                        tiers(),
                        several("reason", FailureReason.values(), FailureReason::text),
                        one("list"),
                        hosts(),
                        query.number("port", 1, 65_535, 0),
                        query.number("min_checks", 0, MOST_CHECKS, 0),
                        given.containsKey("max_checks")
                                ? query.number("max_checks", 0, MOST_CHECKS, 0)
                                : Long.MAX_VALUE,
                        cursor == null ? null : new ProxyQuery.Position(cursor.value(), cursor.id()),
                        limit(limit)));
    }

    private ProxyQuery.Order order(ProxyQuery.State wanted) {
        boolean dead = wanted == ProxyQuery.State.DEAD;
        return switch (bare(sort)) {
            case "id" -> ProxyQuery.Order.ID;
            case DEAD_SINCE -> {
                if (!dead) {
                    throw new IllegalArgumentException(
                            SORT + ": " + sort + " (expected: id or -id of state " + state + ")");
                }
                yield ProxyQuery.Order.DEAD_SINCE;
            }
            default ->
                throw new IllegalArgumentException(SORT + ": " + sort + " (expected: id or -id"
                        + (dead ? ", " + DEAD_SINCE + " or -" + DEAD_SINCE : "") + " of state " + state + ")");
        };
    }

    /** A single value. */
    private @Nullable String one(String name) {
        String text = given.get(name);
        if (text == null) {
            return null;
        }
        if (text.indexOf(',') >= 0 || text.indexOf('!') >= 0) {
            throw new IllegalArgumentException(
                    name + ": " + text + " (expected: one value, without ! before it, of state " + state + ")");
        }
        return text.trim();
    }

    private static <T> Set<T> oneOf(String name, String text, T[] values, Function<T, String> textOf) {
        Set<T> wanted = new LinkedHashSet<>();
        for (String part : text.split(",", -1)) {
            T found = Arrays.stream(values)
                    .filter(value -> textOf.apply(value).equals(part.trim()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(name + ": " + part + " (expected: "
                            + Arrays.stream(values).map(textOf).collect(Collectors.joining(", ")) + ", by comma)"));
            wanted.add(found);
        }
        return wanted;
    }

    private <T> Set<T> several(String name, T[] values, Function<T, String> textOf) {
        String text = given.get(name);
        return text == null ? Set.of() : oneOf(name, text, values, textOf);
    }

    /** {@link Filter#parse} has taken them already, but here ! would mean something else than it says. */
    private Set<Tier> tiers() {
        String text = given.get("tier");
        if (text == null) {
            return Set.of();
        }
        if (text.indexOf('!') >= 0) {
            throw new IllegalArgumentException("tier: " + text
                    + " (expected: those that are wanted, without ! before them, of state " + state + ")");
        }
        Set<Tier> tiers = new LinkedHashSet<>();
        for (String part : text.split(",", -1)) {
            for (Tier tier : Tier.values()) {
                String wanted = part.trim().toLowerCase(Locale.ROOT);
                if (tier.text().equals(wanted)
                        || Integer.toString(tier.number()).equals(wanted)) {
                    tiers.add(tier);
                }
            }
        }
        return tiers;
    }

    private List<String> hosts() {
        String text = given.get("host");
        if (text == null) {
            return List.of();
        }
        Matcher network = NETWORK.matcher(text);
        if (network.matches()) {
            return network(network.group(1), Integer.parseInt(network.group(2)), Integer.parseInt(network.group(3)));
        }
        if (!HOST.matcher(text).matches()) {
            throw new IllegalArgumentException("host: a text of " + text.length()
                    + " characters (expected: an address, a name, or a network of IPv4"
                    + " with 24 to 32 bits, such as 192.0.2.0/24)");
        }
        return List.of(text.toLowerCase(Locale.ROOT));
    }

    private static List<String> network(String first, int last, int bits) {
        int size = 1 << 32 - bits;
        int from = last & -size;
        List<String> hosts = new ArrayList<>(size);
        for (int i = from; i < from + size; i++) {
            hosts.add(first + '.' + i);
        }
        return hosts;
    }
}
