package dev.sluice.store.schema;

import dev.sluice.port.CredentialRow;
import dev.sluice.port.Vault;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Latencies;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.StoredProxy;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.store.TakenProxy;
import java.util.List;
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
    private static final int AFTER_OVERRIDE = OVERRIDE + 4;

    /** What {@link #taken} reads, for a table called {@code p}. */
    public static final String TAKEN = "p.id, p.scheme, p.host, p.port, p.username, p.password, p.credential_digest, "
            + health("p.")
            + ", p.tier_override, p.priority_override,"
            + " CASE WHEN p.active_override THEN 1 WHEN NOT p.active_override THEN 0 ELSE -1 END, p.override_until";

    /** What {@link #stored} reads, for a table called {@code p}. */
    public static final String STORED = TAKEN + ", p.claimed_capabilities, p.region, p.country, p.city, p.asn,"
            + " p.organisation, p.location_origin, p.first_seen_at, p.archived";

    /** Number of columns in {@link #STORED}; whatever a query adds comes behind them. */
    public static final int STORED_COUNT = AFTER_OVERRIDE + 9;

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
                        row.text(at + 6)),
                lists,
                row.number(at + 7),
                row.flag(at + 8),
                override(row));
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
                health.lastCheckedAtMillis(),
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
        return tier == null && priority == 0 && active == null
                ? null
                : new ManualOverride(tier, priority, active, until <= 0 ? Long.MAX_VALUE : until);
    }
}
