package dev.sluice.store.schema;

import dev.sluice.proxy.Tier;
import dev.sluice.store.ProxyQuery;
import dev.sluice.store.ProxyQuery.Order;
import dev.sluice.store.ProxyQuery.Position;
import dev.sluice.store.ProxyQuery.State;
import dev.sluice.store.ProxySearch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The statements of searches, with question marks for parameters. A search first asks of each index it could walk how far the
 * next {@link ProxySearch#MOST_LOOKED_AT} entries reach, then walks the one that reaches farthest, to there and no farther.
 */
public final class SearchSql {
    private final ProxyQuery query;
    private final boolean sqlite;

    /**
     * The statements for a query.
     *
     * @param sqlite whether they are for SQLite, which is told what index to take; PostgreSQL is given no other choice
     */
    public SearchSql(ProxyQuery query, boolean sqlite) {
        this.query = query;
        this.sqlite = sqlite;
    }

    /** An index that yields entries in the order of the pages, and the condition by which it does. */
    public enum Walk {
        /** Addresses: not in order, so that it serves only where few entries are at them. */
        HOST("proxy p", "proxy_identity", "p.id"),
        ASN("proxy p", "proxy_asn", "p.id"),
        COUNTRY("proxy p", "proxy_country", "p.id"),
        LIST("listing l", "listing_source", "l.proxy_id"),
        TIER("proxy p", "proxy_tier", "p.id"),
        ARCHIVED("proxy p", "proxy_archived", "p.id"),
        DEAD("proxy p", "proxy_dead", "p.id"),
        /** Everything. */
        ID("proxy p", null, "p.id");

        private final String table;
        private final @Nullable String index;
        private final String id;

        Walk(String table, @Nullable String index, String id) {
            this.table = table;
            this.index = index;
            this.id = id;
        }
    }

    /**
     * A statement.
     *
     * @param text with question marks
     * @param values of those, in their order: texts and whole numbers
     */
    public record Statement(String text, List<Object> values) {
        /** The same with {@code $1}, {@code $2} and so on. */
        public String numbered() {
            StringBuilder numbered = new StringBuilder(text.length() + 64);
            int number = 0;
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c == '?') {
                    numbered.append('$').append(++number);
                } else {
                    numbered.append(c);
                }
            }
            return numbered.toString();
        }
    }

    /** Indexes that could be walked, in the order in which they are taken where several do equally well; never empty. */
    public List<Walk> walks() {
        if (query.order() == Order.DEAD_SINCE) {
            return List.of(Walk.DEAD);
        }
        List<Walk> walks = new ArrayList<>();
        if (!query.hosts().isEmpty()) {
            walks.add(Walk.HOST);
        }
        if (query.asn() > 0) {
            walks.add(Walk.ASN);
        }
        if (query.country() != null) {
            walks.add(Walk.COUNTRY);
        }
        if (query.list() != null) {
            walks.add(Walk.LIST);
        }
        if (query.tiers().size() == 1
                && (query.tiers().contains(Tier.ACTIVE) || query.tiers().contains(Tier.AT_RISK))) {
            walks.add(Walk.TIER);
        }
        if (query.state() == State.ARCHIVED) {
            walks.add(Walk.ARCHIVED);
        }
        if (walks.isEmpty() || walks.equals(List.of(Walk.HOST))) {
            walks.add(Walk.ID);
        }
        return walks;
    }

    /**
     * Where the entries end that may be looked at along {@code walk}: one row with value and number, none when there are fewer.
     * For {@link Walk#HOST} any row says that there are too many.
     */
    public Statement reach(Walk walk) {
        Text text = new Text();
        if (sqlite && walk == Walk.ID) {
            return numbers(text).statement();
        }
        text.add("SELECT " + (walk == Walk.DEAD ? "p.state_since" : walk.id) + ", " + walk.id + " FROM ");
        walk(text, walk, "", null);
        if (walk != Walk.HOST) {
            text.add(" ORDER BY " + order(walk));
        }
        text.add(
                " LIMIT 1 OFFSET " + (walk == Walk.HOST ? ProxySearch.MOST_LOOKED_AT : ProxySearch.MOST_LOOKED_AT - 1));
        return text.statement();
    }

    /** SQLite numbers entries without gaps, and nothing is ever deleted: so many entries are so many numbers. */
    private Text numbers(Text text) {
        Position after = query.after();
        if (query.descending()) {
            text.add("SELECT w.at, w.at FROM (SELECT ");
            if (after == null) {
                text.add("(SELECT max(p.id) + 1 FROM proxy p)");
            } else {
                text.add("?", after.id());
            }
            return text.add(" - " + ProxySearch.MOST_LOOKED_AT
                    + " AS at) AS w WHERE EXISTS (SELECT 1 FROM proxy p WHERE p.id < w.at AND p.id > 0)");
        }
        return text.add(
                "SELECT w.at, w.at FROM (SELECT ? + " + ProxySearch.MOST_LOOKED_AT
                        + " AS at) AS w WHERE EXISTS (SELECT 1 FROM proxy p WHERE p.id > w.at)",
                after == null ? 0L : (Long) after.id());
    }

    /**
     * A page along {@code walk}, and one entry more where there is one.
     *
     * @param columns of {@code proxy p}
     * @param end last place to look at; null for no end
     */
    public Statement page(Walk walk, String columns, @Nullable Position end) {
        Text text = new Text();
        text.add("SELECT " + columns + " FROM ");
        if (sqlite) {
            // In this order of tables.
            walk(text, walk, walk == Walk.LIST ? " CROSS JOIN proxy p" : "", end);
            text.add(walk == Walk.LIST ? " AND p.id = l.proxy_id AND " : " AND ");
            conditions(text);
            text.add(" ORDER BY " + order(walk));
        } else if (walk == Walk.HOST) {
            // The planner cannot take this for a walk through everything in the order of numbers.
            text.add("proxy p WHERE p.id = ANY (ARRAY(SELECT p.id FROM ");
            walk(text, walk, "", end);
            text.add(")) AND ");
            conditions(text);
            text.add(" ORDER BY " + order(walk));
        } else {
            // Row by row along the index, whatever the planner thinks of what is left of them.
            text.add("(SELECT " + walk.id + " AS id, " + (walk == Walk.DEAD ? "p.state_since" : walk.id)
                    + " AS value FROM ");
            walk(text, walk, "", end);
            text.add(" ORDER BY " + order(walk) + (walk == Walk.ID ? " LIMIT " + ProxySearch.MOST_LOOKED_AT : "")
                    + ") AS w CROSS JOIN LATERAL (SELECT * FROM proxy p WHERE p.id = w.id AND ");
            conditions(text);
            String way = query.descending() ? " DESC" : "";
            text.add(" OFFSET 0) AS p ORDER BY w.value" + way + (walk == Walk.DEAD ? ", w.id" + way : ""));
        }
        text.add(" LIMIT " + (query.limit() + 1));
        return text.statement();
    }

    private String order(Walk walk) {
        String way = query.descending() ? " DESC" : "";
        return walk == Walk.DEAD ? "p.state_since" + way + ", p.id" + way : walk.id + way;
    }

    /** The table, and what of it is walked through. */
    private void walk(Text text, Walk walk, String join, @Nullable Position end) {
        text.add(walk.table);
        if (sqlite && walk.index != null) {
            text.add(" INDEXED BY " + walk.index);
        }
        text.add(join + " WHERE ");
        switch (walk) {
            case HOST -> {
                hosts(text);
                if (query.port() > 0) {
                    text.add(" AND p.port = ?", (long) query.port());
                }
            }
            case ASN -> asn(text);
            case COUNTRY -> country(text);
            case LIST -> listedBy(text);
            case TIER ->
                text.add("p.tier = " + Codes.of(query.tiers().iterator().next()) + " AND p.tier < 3");
            case ARCHIVED -> text.add(state(State.ARCHIVED));
            case DEAD -> text.add(state(State.DEAD));
            case ID -> text.add("p.id > 0");
        }
        bound(text, walk, query.after(), query.descending() ? "<" : ">");
        bound(text, walk, end, query.descending() ? ">=" : "<=");
    }

    private static void bound(Text text, Walk walk, @Nullable Position at, String comparison) {
        if (at == null) {
            return;
        }
        if (walk == Walk.DEAD) {
            // The first comparison is what the index understands.
            text.add(" AND p.state_since " + comparison.charAt(0) + "= ?", at.value());
            text.add(" AND (p.state_since, p.id) " + comparison + " (?, ?)", at.value(), at.id());
        } else {
            text.add(" AND " + walk.id + ' ' + comparison + " ?", at.id());
        }
    }

    /** Every condition of the query. */
    private void conditions(Text text) {
        text.add(state(query.state()));
        if (!query.hosts().isEmpty()) {
            hosts(text.add(" AND "));
        }
        if (query.asn() > 0) {
            asn(text.add(" AND "));
        }
        if (query.country() != null) {
            country(text.add(" AND "));
        }
        if (query.list() != null) {
            text.add(" AND EXISTS (SELECT 1 FROM listing l WHERE l.proxy_id = p.id AND ");
            listedBy(text);
            text.add(")");
        }
        oneOf(text, "p.scheme", query.schemes(), Codes::of);
        oneOf(text, "p.tier", query.tiers(), Codes::of);
        oneOf(text, "p.last_reason", query.reasons(), Codes::of);
        if (query.port() > 0) {
            text.add(" AND p.port = ?", (long) query.port());
        }
        if (query.leastChecks() > 0) {
            text.add(" AND p.checks >= ?", query.leastChecks());
        }
        if (query.mostChecks() < Long.MAX_VALUE) {
            text.add(" AND p.checks <= ?", query.mostChecks());
        }
    }

    private void hosts(Text text) {
        text.add(
                "p.host IN (" + "?, ".repeat(query.hosts().size() - 1) + "?)",
                query.hosts().toArray());
    }

    private void asn(Text text) {
        text.add("p.asn = ? AND p.asn > 0", query.asn());
    }

    private void country(Text text) {
        String country = query.country();
        if (country != null) {
            text.add("p.country = ?", country);
        }
    }

    private void listedBy(Text text) {
        String list = query.list();
        if (list != null) {
            text.add("l.source_id = (SELECT s.id FROM source s WHERE s.name = ?) AND l.unlisted_at IS NULL", list);
        }
    }

    private static <T> void oneOf(Text text, String column, Collection<T> wanted, ToIntFunction<T> code) {
        if (!wanted.isEmpty()) {
            text.add(wanted.stream()
                    .map(value -> Integer.toString(code.applyAsInt(value)))
                    .sorted()
                    .collect(Collectors.joining(", ", " AND " + column + " IN (", ")")));
        }
    }

    private String state(State state) {
        return switch (state) {
            case DEAD -> no("p.alive") + " AND " + no("p.archived") + " AND p.last_checked_at > 0";
            case NEVER -> "p.last_checked_at = 0";
            case ARCHIVED -> sqlite ? "p.archived = 1" : "p.archived";
            case ALL -> "p.id > 0";
        };
    }

    private String no(String flag) {
        return sqlite ? flag + " = 0" : "NOT " + flag;
    }

    /** A statement in the making. */
    private static final class Text {
        private final StringBuilder sql = new StringBuilder();
        private final List<Object> values = new ArrayList<>();

        Text add(String more, Object... its) {
            sql.append(more);
            values.addAll(List.of(its));
            return this;
        }

        Statement statement() {
            return new Statement(sql.toString(), List.copyOf(values));
        }
    }
}
