package dev.sluice.store.schema;

import dev.sluice.port.CredentialRow;
import dev.sluice.port.Vault;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.store.Located;
import dev.sluice.store.TakenProxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Order and meaning of the columns of table {@code proxy} in queries: one place for both databases. */
public final class ProxyColumns {
    /** The columns of {@link Health}, in the order in which {@link #write} and the readers take them. */
    public static final List<Column> HEALTH = List.of(
            new Column("capabilities", Kind.NUMBER),
            new Column("alive", Kind.FLAG),
            new Column("active", Kind.FLAG),
            new Column("verified", Kind.NUMBER),
            new Column("anonymity", Kind.NUMBER),
            new Column("tampering", Kind.NUMBER),
            new Column("exit_address", Kind.TEXT),
            new Column("tier", Kind.NUMBER),
            new Column("risk", Kind.NUMBER),
            new Column("priority", Kind.NUMBER),
            new Column("next_check_at", Kind.NUMBER),
            new Column("check_every_ms", Kind.NUMBER),
            new Column("state_since", Kind.NUMBER),
            new Column("last_checked_at", Kind.NUMBER),
            new Column("last_alive_at", Kind.NUMBER),
            new Column("success_rate", Kind.REAL),
            new Column("latency_ms", Kind.REAL),
            new Column("consecutive_failures", Kind.NUMBER),
            new Column("checks", Kind.NUMBER),
            new Column("successes", Kind.NUMBER),
            new Column("uses", Kind.NUMBER),
            new Column("last_reason", Kind.NUMBER),
            new Column("version", Kind.NUMBER),
            new Column("anonymity_seen", Kind.NUMBER),
            new Column("tampered_at", Kind.NUMBER),
            new Column("clean_since", Kind.NUMBER),
            new Column("clean_checks", Kind.NUMBER),
            new Column("rotation", Kind.NUMBER),
            new Column("latencies", Kind.BYTES),
            new Column("deep_at", Kind.NUMBER),
            new Column("deep_success_rate", Kind.REAL),
            new Column("deep_spread_ms", Kind.REAL),
            new Column("tier_reason", Kind.NUMBER),
            new Column("tier_since", Kind.NUMBER));

    private static final int AFTER_IDENTITY = 7;
    private static final int OVERRIDE = AFTER_IDENTITY + HEALTH.size();
    private static final int AFTER_OVERRIDE = OVERRIDE + 6;

    /** What {@link #taken} reads, for a table called {@code p}. */
    public static final String TAKEN = "p.id, p.scheme, p.host, p.port, p.username, p.password, p.credential_digest, "
            + health("p.")
            + ", p.tier_override, p.priority_override,"
            + " CASE WHEN p.active_override THEN 1 WHEN NOT p.active_override THEN 0 ELSE -1 END, p.override_until,"
            + " p.type_override, p.tags";

    /** What {@link #stored} reads, for a table called {@code p}. */
    public static final String STORED = TAKEN + ", p.claimed_capabilities, p.region, p.country, p.city, p.asn,"
            + " p.organisation, p.network_type, p.location_origin, p.first_seen_at, p.archived,"
            + " CASE WHEN p.located_exit = p.exit_address THEN 1 ELSE 0 END, p.exit_region, p.exit_country, p.exit_city,"
            + " p.exit_asn, p.exit_organisation, p.exit_network_type, p.exit_origin";

    /** What is known of the place of an entry's address, for those that come to stand at the same one. */
    public static final String PLACE = "region, country, city, asn, organisation, network_type, location_origin";

    /** The columns of {@link #writeLocated}; where nothing is told, numbers are 0 and texts null. */
    public static final List<Column> LOCATED = List.of(
            new Column("id", Kind.NUMBER),
            new Column("region", Kind.TEXT),
            new Column("country", Kind.TEXT),
            new Column("city", Kind.TEXT),
            new Column("asn", Kind.NUMBER),
            new Column("organisation", Kind.TEXT),
            new Column("network_type", Kind.NUMBER),
            new Column("origin", Kind.TEXT),
            new Column("exit_address", Kind.TEXT),
            new Column("exit_region", Kind.TEXT),
            new Column("exit_country", Kind.TEXT),
            new Column("exit_city", Kind.TEXT),
            new Column("exit_asn", Kind.NUMBER),
            new Column("exit_organisation", Kind.TEXT),
            new Column("exit_network_type", Kind.NUMBER),
            new Column("exit_origin", Kind.TEXT));

    /**
     * What an update of a table called {@code p} by rows called {@code f} of {@link #LOCATED} sets, but for
     * {@code located_at}: each column and its value, by {@link Location#over}.
     */
    private static final Map<String, String> PLACING = placing();

    /** Number of columns in {@link #STORED}; whatever a query adds comes behind them. */
    public static final int STORED_COUNT = AFTER_OVERRIDE + 18;

    /** What {@link #credentials} reads, for a table called {@code p}. */
    public static final String CREDENTIALS = "p.id, p.host, p.port, p.username, p.credential_digest, p.password";

    /** Rows that seem to hold a password in the clear: a condition on table {@code p}, that of a partial index. */
    public static final String PLAIN = "p.password IS NOT NULL AND (substr(p.password, 1, 3) <> '" + Vault.SEALED_PREFIX
            + "' OR substr(p.credential_digest, 1, 3) <> '" + Vault.DIGEST_PREFIX + "')";

    private ProxyColumns() {}

    /** How a column is read and written. */
    public enum Kind {
        NUMBER,
        FLAG,
        REAL,
        TEXT,
        BYTES
    }

    /** A column of table {@code proxy}. */
    public record Column(String name, Kind kind) {}

    /** A row of {@link #TAKEN}. */
    public static <E extends Exception> TakenProxy taken(Cells<E> row, Vault vault) throws E {
        return new TakenProxy(row.number(0), key(row, vault), readHealth(row), override(row));
    }

    /** A row of {@link #STORED} with the sources that list it, sorted. */
    public static <E extends Exception> StoredProxy stored(Cells<E> row, List<String> lists, Vault vault) throws E {
        int at = AFTER_OVERRIDE;
        return new StoredProxy(
                row.number(0),
                key(row, vault),
                (int) row.number(at),
                readHealth(row),
                new Location(
                        row.text(at + 1),
                        row.text(at + 2),
                        row.text(at + 3),
                        row.number(at + 4),
                        row.text(at + 5),
                        Codes.networkType(row.number(at + 6)),
                        row.text(at + 7)),
                row.number(at + 10) == 0
                        ? Location.UNKNOWN
                        : new Location(
                                row.text(at + 11),
                                row.text(at + 12),
                                row.text(at + 13),
                                row.number(at + 14),
                                row.text(at + 15),
                                Codes.networkType(row.number(at + 16)),
                                row.text(at + 17)),
                lists,
                row.number(at + 8),
                row.flag(at + 9),
                override(row));
    }

    /** Writes the columns of {@link #LOCATED}. */
    public static <E extends Exception> void writeLocated(Located located, CellSink<E> row) throws E {
        row.number(located.id());
        write(located.address(), row);
        row.text(located.exit() == null ? null : located.exitAddress());
        write(located.exit(), row);
    }

    private static <E extends Exception> void write(@Nullable Location location, CellSink<E> row) throws E {
        Location told = location == null ? Location.UNKNOWN : location;
        row.text(told.region());
        row.text(told.country());
        row.text(told.city());
        row.number(told.asn());
        row.text(told.organisation());
        row.number(Codes.of(told.type()));
        row.text(told.origin());
    }

    private static Map<String, String> placing() {
        Map<String, String> values = new LinkedHashMap<>();
        String told = "f.country IS NOT NULL";
        for (String column : List.of("region", "country", "city")) {
            values.put(column, either(told, "f." + column, "p." + column));
        }
        values.put("location_origin", either(told, "f.origin", "p.location_origin"));
        values.put("asn", either(told + " OR f.asn > 0", "f.asn", "p.asn"));
        values.put("organisation", either(told + " OR f.asn > 0", "f.organisation", "p.organisation"));
        values.put(
                "network_type", either(told + " OR f.network_type > 0", "nullif(f.network_type, 0)", "p.network_type"));

        // The exit it was looked up for is still its exit; what was known of another one does not count.
        String same = "f.exit_address IS NOT NULL AND f.exit_address = p.exit_address";
        String anew = same + " AND (f.exit_country IS NOT NULL OR p.located_exit IS DISTINCT FROM f.exit_address)";
        for (String column : List.of("exit_region", "exit_country", "exit_city", "exit_origin")) {
            values.put(column, either(anew, "f." + column, "p." + column));
        }
        String numbered = anew + " OR " + same + " AND f.exit_asn > 0";
        values.put("exit_asn", either(numbered, "nullif(f.exit_asn, 0)", "p.exit_asn"));
        values.put("exit_organisation", either(numbered, "f.exit_organisation", "p.exit_organisation"));
        values.put(
                "exit_network_type",
                either(
                        anew + " OR " + same + " AND f.exit_network_type > 0",
                        "nullif(f.exit_network_type, 0)",
                        "p.exit_network_type"));
        values.put("located_exit", either(same, "f.exit_address", "p.located_exit"));
        return values;
    }

    private static String either(String condition, String then, String otherwise) {
        return "CASE WHEN " + condition + " THEN " + then + " ELSE " + otherwise + " END";
    }

    /**
     * Assignments and condition of an update of a table called {@code p} by rows called {@code f} of {@link #LOCATED}:
     * it leaves alone what would stay as it is.
     *
     * @param now SQL for the time
     * @param from SQL of the rows
     */
    public static String place(String now, String from) {
        String assignments = PLACING.entrySet().stream()
                .map(each -> each.getKey() + " = " + each.getValue())
                .collect(Collectors.joining(", "));
        String changes = PLACING.entrySet().stream()
                .map(each -> "p." + each.getKey() + " IS DISTINCT FROM " + each.getValue())
                .collect(Collectors.joining(" OR "));
        return "UPDATE proxy AS p SET " + assignments + ", located_at = " + now + " FROM " + from
                + " WHERE p.id = f.id AND (" + changes + ")";
    }

    /** A row of {@link #CREDENTIALS}. */
    public static <E extends Exception> CredentialRow credentials(Cells<E> row) throws E {
        return new CredentialRow(
                row.number(0),
                String.valueOf(row.text(1)),
                (int) row.number(2),
                String.valueOf(row.text(3)),
                String.valueOf(row.text(4)),
                String.valueOf(row.text(5)));
    }

    /** Writes the columns of {@link #HEALTH}. */
    public static <E extends Exception> void write(Health health, CellSink<E> row) throws E {
        row.number(health.capabilities());
        row.flag(health.alive());
        row.flag(health.active());
        row.number(Codes.of(health.verified()));
        row.number(Codes.of(health.anonymity()));
        row.number(Codes.of(health.tampering()));
        row.text(health.exitAddress());
        row.number(Codes.of(health.tier()));
        row.number(Codes.of(health.risk()));
        row.number(health.priority());
        row.number(health.nextCheckAtMillis());
        row.number(health.checkEveryMillis());
        row.number(health.stateSinceMillis());
        row.number(health.lastCheckedAtMillis());
        row.number(health.lastAliveAtMillis());
        row.real(health.successRate());
        row.real(health.latencyMillis());
        row.number(health.consecutiveFailures());
        row.number(health.checks());
        row.number(health.successes());
        row.number(health.uses());
        row.number(Codes.of(health.lastReason()));
        row.number(health.version());
        row.number(Codes.of(health.anonymitySeen()));
        row.number(health.probation().caughtAtMillis());
        row.number(health.probation().cleanSinceMillis());
        row.number(health.probation().cleanChecks());
        row.number(Codes.of(health.rotation()));
        row.bytes(health.latencies().count() == 0 ? null : health.latencies().bytes());
        Health.Deep deep = health.deep();
        row.number(deep == null ? 0 : deep.atMillis());
        row.real(deep == null ? Double.NaN : deep.successRate());
        row.real(deep == null ? Double.NaN : deep.spreadMillis());
        row.number(Codes.of(health.tierReason()));
        row.number(health.tierSinceMillis());
    }

    /** Health of an entry that another one stands in for: neither alive nor checked, and its history as it was. */
    public static Health retired(Health health) {
        return retired(health, health.lastCheckedAtMillis());
    }

    /** As {@link #retired(Health)}, since a time other than that of its last check. */
    public static Health retired(Health health, long sinceMillis) {
        return new Health(
                false,
                false,
                health.verified(),
                health.capabilities(),
                health.anonymity(),
                health.anonymitySeen(),
                health.tampering(),
                health.probation(),
                health.exitAddress(),
                health.rotation(),
                Tier.INACTIVE,
                TierReason.REPLACED,
                sinceMillis,
                RiskCategory.DEAD,
                health.priority(),
                health.nextCheckAtMillis(),
                health.checkEveryMillis(),
                health.stateSinceMillis(),
                health.lastCheckedAtMillis(),
                health.lastAliveAtMillis(),
                health.successRate(),
                health.latencyMillis(),
                health.latencies(),
                health.deep(),
                health.consecutiveFailures(),
                health.checks(),
                health.successes(),
                health.uses(),
                health.lastReason(),
                health.version());
    }

    /**
     * Assignments that make the health of a row that of {@link Health#fresh}, one version on.
     *
     * @param now SQL for the time
     * @param yes SQL for true, {@code no} for false
     */
    public static String forget(String now, String yes, String no) {
        StringBuilder sql = new StringBuilder();
        int[] column = {0};
        write(Health.fresh(0), new CellSink<RuntimeException>() {
            @Override
            public void number(long value) {
                set(Long.toString(value));
            }

            @Override
            public void flag(boolean value) {
                set(value ? yes : no);
            }

            @Override
            public void real(double value) {
                set(Double.isNaN(value) ? "NULL" : Double.toString(value));
            }

            @Override
            public void text(@Nullable String value) {
                set("NULL");
            }

            @Override
            public void bytes(byte @Nullable [] value) {
                set("NULL");
            }

            private void set(String literal) {
                String name = HEALTH.get(column[0]++).name();
                String value = switch (name) {
                    case "next_check_at", "state_since" -> now;
                    case "version" -> "proxy.version + 1";
                    default -> literal;
                };
                sql.append(sql.isEmpty() ? "" : ", ").append(name).append(" = ").append(value);
            }
        });
        return sql.toString();
    }

    private static String health(String prefix) {
        StringBuilder names = new StringBuilder();
        for (Column column : HEALTH) {
            names.append(names.isEmpty() ? "" : ", ").append(prefix).append(column.name());
        }
        return names.toString();
    }

    private static <E extends Exception> ProxyKey key(Cells<E> row, Vault vault) throws E {
        String host = row.text(2);
        String user = row.text(4);
        String password = row.text(5);
        if (host == null) {
            throw new IllegalStateException("proxy " + row.number(0) + " has no host");
        }
        int port = (int) row.number(3);
        Credentials credentials = null;
        if (user != null && password != null) {
            Vault.Binding binding = new Vault.Binding(host, port, user, String.valueOf(row.text(6)));
            credentials = new Credentials(user, vault.open(password, binding));
        }
        return new ProxyKey(Codes.scheme(row.number(1)), host, port, credentials);
    }

    private static <E extends Exception> Health readHealth(Cells<E> row) throws E {
        int at = AFTER_IDENTITY;
        byte[] latencies = row.bytes(at + 28);
        long deepAt = row.number(at + 29);
        return new Health(
                row.flag(at + 1),
                row.flag(at + 2),
                Codes.verified(row.number(at + 3)),
                (int) row.number(at),
                Codes.anonymity(row.number(at + 4)),
                Codes.anonymity(row.number(at + 23)),
                Codes.tampering(row.number(at + 5)),
                new Health.Probation(row.number(at + 24), row.number(at + 25), (int) row.number(at + 26)),
                row.text(at + 6),
                Codes.rotation(row.number(at + 27)),
                Codes.tier(row.number(at + 7)),
                Codes.tierReason(row.number(at + 32)),
                row.number(at + 33),
                Codes.risk(row.number(at + 8)),
                (int) row.number(at + 9),
                row.number(at + 10),
                row.number(at + 11),
                row.number(at + 12),
                row.number(at + 13),
                row.number(at + 14),
                row.real(at + 15),
                row.real(at + 16),
                latencies == null ? Latencies.EMPTY : Latencies.of(latencies),
                deepAt == 0 ? null : new Health.Deep(deepAt, row.real(at + 30), row.real(at + 31)),
                (int) row.number(at + 17),
                row.number(at + 18),
                row.number(at + 19),
                row.number(at + 20),
                Codes.reason(row.number(at + 21)),
                (int) row.number(at + 22));
    }

    /** What the administrator ordered. The columns may have been written by hand: what makes no sense counts as none. */
    private static <E extends Exception> @Nullable ManualOverride override(Cells<E> row) throws E {
        long tierCode = row.number(OVERRIDE);
        Tier tier = tierCode >= 1 && tierCode <= 3 ? Codes.tier(tierCode) : null;
        long level = row.number(OVERRIDE + 1);
        int priority = level >= 1 && level <= 10 ? (int) level : 0;
        long activity = row.number(OVERRIDE + 2);
        Boolean active = activity < 0 ? null : activity == 1;
        long until = row.number(OVERRIDE + 3);
        long typeCode = row.number(OVERRIDE + 4);
        NetworkType type = typeCode >= 1 && typeCode <= 3 ? Codes.networkType(typeCode) : null;
        List<String> tags = tags(row.text(OVERRIDE + 5));
        return tier == null && priority == 0 && active == null && type == null && tags.isEmpty()
                ? null
                : new ManualOverride(tier, priority, active, type, tags, until <= 0 ? Long.MAX_VALUE : until);
    }

    private static List<String> tags(@Nullable String written) {
        return written == null
                ? List.of()
                : Stream.of(written.split(",", -1))
                        .filter(ManualOverride::isTag)
                        .distinct()
                        .sorted()
                        .limit(ManualOverride.MAX_TAGS)
                        .toList();
    }

    /** The cell of tags; null for none. */
    public static @Nullable String tags(List<String> tags) {
        return tags.isEmpty() ? null : String.join(",", tags);
    }
}
